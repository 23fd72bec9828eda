import type { Clock } from "../../base/clock.ts"
import type { DuckError } from "../../base/errors.ts"
import type { Model, ModelRequest } from "../../models/model.ts"
import type { Logger } from "../../observe/log.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { Receipts } from "../receipts/receipts.ts"
import type { Tool, Touch } from "../tools/tool.ts"

/** What a turn is run with. */
export interface TurnOptions {
  readonly conversation: LiveConversation
  /** Id of the person the turn works for. */
  readonly actor: string
  readonly model: Model
  readonly tools: ReadonlyMap<string, Tool>
  /** Handed to the tools as it is. */
  readonly services: unknown
  /** The one way to an effect: every call of every depth is judged here. */
  readonly gate: Gate
  /** The request for the next answer; may compact. `isTooLong`: the model said that the last one was. */
  prompt(how: { readonly isTooLong: boolean; readonly signal: AbortSignal }): Promise<ModelRequest>
  /** Puts the secrets back that a model may only refer to, in the arguments of a call that writes. */
  reveal?(args: string): string
  /** Names the files as they are, for receipts; without it there are none. */
  treeNow?(signal: AbortSignal): Promise<string>
  /**
   * Records the files before the first effect of a turn, and at its end, so that all of it can be taken back. Where the
   * first one fails, nothing is done.
   */
  checkpoint?(turn: string, at: "start" | "end"): Promise<TurnCheckpoint>
  /** Ends what the turn has started and was not told to keep, before its end is recorded: nothing of it lives on. */
  endPrograms?(turn: string): Promise<void>
  readonly limits: { readonly maxSteps: number; readonly maxCostUsd: number }
  /** Shown while it happens; the text of record is what is stored. */
  hear(event: LiveEvent): void
  /** Asked before the first step of a turn; a refusal ends it, and takes back what was said. */
  beforeTurn?(
    message: string,
    signal: AbortSignal,
  ): Promise<{ readonly refusal: string | undefined; readonly context: string }>
  /** Asked before a turn ends well; a text sends the model on with it. */
  beforeEnd?(signal: AbortSignal): Promise<string | undefined>
  /** Fires when the process is about to end. */
  readonly stopping: AbortSignal
  readonly clock: Clock
  readonly logger: Logger
}

export interface TurnCheckpoint {
  readonly id: string
  /** What it does not cover; undefined: it covers all. */
  readonly uncovered?: Extract<ConversationEvent, { type: "checkpoint.taken" }>["data"]["uncovered"]
}

export type Gate = (call: GatedCall, signal: AbortSignal) => Promise<Verdict>

export interface GatedCall {
  readonly id: string
  readonly tool: Tool
  readonly input: unknown
  readonly touches: readonly Touch[]
}

export interface Verdict {
  readonly decision: "allow" | "ask" | "deny"
  /** For the person who is asked, and for the model that is denied. */
  readonly why: string
}

export type LiveEvent =
  | { readonly kind: "text" | "reasoning"; readonly text: string }
  | { readonly kind: "tool-writing"; readonly index: number; readonly name: string; readonly text: string }
  | { readonly kind: "tool-running"; readonly call: string; readonly name: string }
  | { readonly kind: "tool-progress"; readonly call: string; readonly text: string }
  | { readonly kind: "restart"; readonly why: string }

/** `suspended`: nothing was stored about its end; it goes on when the conversation is opened again. */
export interface TurnEnd {
  readonly how: "done" | "interrupted" | "failed" | "limit" | "suspended"
  readonly why: string
  readonly error?: DuckError
  /** What is proved, where it ended well. */
  readonly receipts?: Receipts
}
