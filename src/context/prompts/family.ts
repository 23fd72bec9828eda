import type { ProviderKind } from "../../models/model.ts"

/** Models that are best spoken to alike. */
export const modelFamilies = ["openai", "anthropic", "gemini", "local"] as const
export type ModelFamily = (typeof modelFamilies)[number]

/** How a prompt is put for a model. */
export interface PromptStyle {
  readonly family: ModelFamily
  /** False: what the system would say goes at the beginning of what the user says. */
  readonly hasSystem: boolean
}

/** For a model that nothing is known of. */
export const plainStyle: PromptStyle = { family: "local", hasSystem: true }

/** By the model's name, and where that says nothing by the kind of its provider. */
export function styleOf(model: string, kind: ProviderKind | undefined): PromptStyle {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase()
  return { family: familyOf(name, kind), hasSystem: !knowsNoSystem.test(name) }
}

/** Gemma's chat format had no system turn before its fourth version; OpenAI's first reasoning models refuse the role. */
const knowsNoSystem = /^(?:gemma(?!-?[4-9](?:[^\db]|$))|o1-(?:mini|preview))/

function familyOf(name: string, kind: ProviderKind | undefined): ModelFamily {
  if (/claude/.test(name)) return "anthropic"
  if (/^gemini/.test(name)) return "gemini"
  if (/^(?:gpt-(?!oss)|chatgpt-|o\d|codex-)/.test(name)) return "openai"
  return kind === "anthropic" || kind === "gemini" || kind === "openai" ? kind : "local"
}
