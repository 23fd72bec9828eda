import type { z } from "zod"
import type { ToolContent } from "../conversation/parts.ts"

export type { ToolContent }

import type { LedgerChange } from "../ledger/change.ts"

/** What a call does to the world: decides what runs side by side, what must be asked for, and what a crash means. */
export type Effect = "reads" | "writes" | "executes" | "network" | "asks"

/**
 * What is done with a call that was intended before a crash and has no outcome. `repeat`: running it twice is as once;
 * `check`: `happened` looks; `ask`: a person says.
 */
export type Recovery = "repeat" | "check" | "ask"

/** What a permission rule is held against. */
export type Touch =
  | { readonly kind: "path"; readonly path: string; readonly isWrite: boolean }
  | { readonly kind: "command"; readonly command: string; readonly cwd: string }
  | { readonly kind: "url"; readonly url: string }

/** A tool is a plain object; the loop does the rest: schema, permission, intent, outcome, limits. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Services = unknown> {
  readonly name: string
  /** What a model reads: what it does, when to take it and when not. */
  readonly description: string
  readonly input: Input
  readonly effect: Effect
  readonly recovery: Recovery
  /** What the call would touch; relative paths are of the project. */
  touches(input: z.output<Input>): readonly Touch[]
  /** For `asks`: what the person is asked. The loop asks; such a tool is never run. */
  question?(input: z.output<Input>): string
  /** Throws a DuckError the model can act on: it is told, the turn goes on. */
  run(input: z.output<Input>, call: ToolCall<Services>): Promise<ToolOutcome>
  /** For `check`: whether an intended call took effect. Null: it can't be told. */
  happened?(input: z.output<Input>, call: ToolCall<Services>): Promise<boolean | null>
}

export interface ToolCall<Services = unknown> {
  readonly id: string
  readonly signal: AbortSignal
  readonly services: Services
  /** Shown while it runs, not kept. */
  progress(text: string): void
  /**
   * What the gate says of what the call turns out to touch beyond what it named, as if it had been called with `input`. Asks
   * nobody: "ask" is no yes.
   */
  judge(
    touches: readonly Touch[],
    input: unknown,
  ): Promise<{ readonly decision: "allow" | "ask" | "deny"; readonly why: string }>
}

export interface ToolOutcome {
  readonly content: readonly ToolContent[]
  readonly isError?: boolean
  /** JSON, for clients: a diff, an exit code. */
  readonly details?: unknown
  /** What the ledger learns of it by rule. */
  readonly ledger?: readonly LedgerChange[]
  /** US dollars that models took for it; counted against the turn. */
  readonly costUsd?: number
}
