import type { Check } from "./check-field.ts"

/** Whose rule it is: each goes before those named earlier. */
export const layers = ["default", "dependency", "framework", "project", "user"] as const
export type Layer = (typeof layers)[number]

/** Whose format the file is in. */
export const formats = [
  "ai-rules",
  "agents",
  "claude",
  "gemini",
  "cline",
  "kiro",
  "cursor",
  "copilot",
  "built in",
] as const
export type Format = (typeof formats)[number]

/** When a rule holds, beside its conditions: always, when a model or a task asks for it, or when a person names it. */
export type Activation = "always" | "described" | "manual"

/** One file of rules, read and checked; everything that it takes to decide whether it holds, and no more. */
export interface Rule {
  /** Unique in its project; of files without one, the path. */
  readonly id: string
  readonly title: string
  readonly description: string
  readonly layer: Layer
  readonly format: Format
  /** As people write it: relative to the project, absolute outside of it, "built in". */
  readonly path: string
  /** The folder it stands for, relative to the root; "" for all of the project. */
  readonly folder: string
  readonly activation: Activation
  /** Relative to `folder`; a leading `!` takes out. Empty: every file. */
  readonly globs: readonly string[]
  /** Ids of languages, as the index names them. */
  readonly languages: readonly string[]
  readonly frameworks: readonly string[]
  readonly tasks: readonly string[]
  readonly tags: readonly string[]
  /** Higher goes first where room is short, and counts for more within a layer. -1000 to 1000. */
  readonly priority: number
  readonly version: string | null
  /** Ids, some with a range of versions: `base@^1.2`. */
  readonly requires: readonly string[]
  readonly overrides: readonly string[]
  readonly extends: string | null
  readonly isHard: boolean
  readonly check: Check | null
  /** Says what the rule decides, so that two that decide differently are found: `{ indent: "tabs" }`. */
  readonly decides: Readonly<Record<string, string>>
  readonly model: string | null
  readonly chunking: ChunkingHint | null
  /** Of users and projects that it holds for, 0 to 100. */
  readonly rollout: number
  /** A feature flag of the settings that must be on. */
  readonly flag: string | null
  readonly isEnabled: boolean
  /** May hold `{{variables}}`. */
  readonly isTemplate: boolean
  readonly text: string
  /** SHA-256 of the file's text in UTF-8, in hex. */
  readonly hash: string
  /** Other files that its text was put together from. */
  readonly imports: readonly string[]
}

/** How code should be cut where the rule holds. */
export interface ChunkingHint {
  readonly unit: "symbol" | "file" | "section"
  readonly maxTokens?: number | undefined
}
