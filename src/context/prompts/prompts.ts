import type { Message } from "../../models/model.ts"
import type { PackedContext } from "../context.ts"

/** What a template is filled with. Names are those of its front matter, whose schema they must fit. */
export type Variables = Readonly<Record<string, unknown>>

/** A prompt ready for a model, and which template made it, so that outcomes can be laid to it. */
export interface Rendered {
  readonly messages: readonly Message[]
  readonly prompt: PromptVersion
}

export interface PromptVersion {
  /** "explain/symbol". */
  readonly name: string
  /** Semantic version of the front matter. */
  readonly version: string
  /** Which of several that are being compared; "" where there is one. */
  readonly variant: string
  /** "built in", or the file's path. */
  readonly source: string
}

export interface RenderOptions {
  readonly variables: Variables
  readonly context: PackedContext
  /** Texts of the rules that hold, in their order. */
  readonly rules: readonly { readonly title: string; readonly text: string }[]
  /** "provider/model", "" for the default: chooses the version for its family. */
  readonly model: string
  /** Comparisons are sticky by user and project. */
  readonly user: string
}

/** How a call that a prompt made came out, for the comparison of prompts. */
export interface PromptOutcome {
  readonly prompt: PromptVersion
  readonly outcome: "accepted" | "repaired" | "rejected" | "failed" | "answered"
  readonly durationMs: number
  readonly costUsd: number | null
  readonly model: string
  readonly user: string
}

/** The prompt templates that hold in a project: those of the project over the user's over the built in. */
export interface Prompts {
  /** Throws NotFoundError, and InvalidInputError naming file and line where the variables or the template are wrong. */
  render(name: string, options: RenderOptions): Promise<Rendered>
  /** Recorded as an event; resolves when it is. */
  record(outcome: PromptOutcome): Promise<void>
}
