import { z } from "zod"
import type { ModelFamily } from "../../context/prompts/family.ts"
import { type PromptLayer, promptLayers } from "../../context/prompts/files.ts"
import type { Entry, Library } from "../../context/prompts/library.ts"
import type { Template } from "../../context/prompts/template.ts"
import type { CommandContext } from "../context.ts"
import { libraryOf } from "./library-of.ts"

export const PromptName = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .describe("Its name, such as explain/code; explain/code@short is a variant of it")

export const PromptRow = z.object({
  name: z.string(),
  variant: z.string(),
  family: z.string().nullable(),
  layer: z.enum(promptLayers),
  source: z.string(),
  version: z.string().nullable(),
  description: z.string(),
  state: z.enum(["in force", "overridden", "waits for trust", "broken"]),
  /** What is wrong with a broken one. */
  problem: z.string().nullable(),
})
export type PromptRow = z.infer<typeof PromptRow>

/** The library of the caller's project, with its root. */
export async function promptLibrary(context: CommandContext) {
  const { root } = await context.project()
  return { root, library: await libraryOf(context, root) }
}

/** The template in force for "explain/code@short", or that of one place. Throws NO_PROMPT and TemplateError. */
export async function entryNamed(
  library: Library,
  full: string,
  { family, layer }: { readonly family?: ModelFamily | undefined; readonly layer?: PromptLayer | undefined } = {},
): Promise<Entry> {
  const { namedPrompt, narrowed } = await import("../../context/prompts/library.ts")
  const { name, variant } = namedPrompt(full)
  return (layer === undefined ? library : narrowed(library, layer)).choose(name, { family, variant })
}

/** What is told of a template's file in lists. */
export function rowOf(entry: Entry, library: Library): PromptRow {
  const { name, variant, layer, source, holds } = entry
  const row = { name, variant, family: entry.family ?? null, layer, source }
  let template: Template
  try {
    template = entry.template()
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return { ...row, version: null, description: "", state: holds ? "broken" : "waits for trust", problem }
  }
  const { version, description } = template
  const inForce = holds && library.choose(name, { family: entry.family, variant }) === entry
  const state = inForce ? "in force" : holds ? "overridden" : "waits for trust"
  return { ...row, version, description, state, problem: null }
}
