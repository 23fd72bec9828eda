import type { Mode } from "../../access/permissions/mode.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { LedgerChange } from "../ledger/change.ts"
import type { TurnEnd } from "../loop/options.ts"
import type { AgentKind } from "./kind.ts"
import type { Line } from "./line.ts"

/** A task for an agent. */
export interface Delegation {
  /** From the person's conversation to the one that delegates. */
  readonly line: Line<LiveConversation>
  /** The tool call it works for. */
  readonly call: string
  readonly kind: AgentKind
  readonly task: string
  readonly tools?: readonly string[]
  readonly mode?: Mode
  readonly signal: AbortSignal
  progress(text: string): void
}

/** How an agent came to an end; there always is one. */
export interface Delegated {
  readonly conversation: string
  readonly how: TurnEnd["how"]
  readonly why: string
  /** The last thing it said; "" where it said nothing. */
  readonly report: string
  readonly costUsd: number
  /** What it did to files, and what it ran. */
  readonly ledger: readonly LedgerChange[]
}

/** Has a task done by an agent. */
export type Delegate = (delegation: Delegation) => Promise<Delegated>
