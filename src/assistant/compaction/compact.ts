import { DuckError } from "../../base/errors.ts"
import { estimateTokens } from "../../base/tokens.ts"
import { event } from "../conversation/decide.ts"
import type { Entry } from "../conversation/entries.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { ConversationState } from "../conversation/state.ts"
import type { Ledger } from "../ledger/ledger.ts"
import { ledgerText, pinnedOf } from "../ledger/text.ts"
import { cutAt } from "./cut.ts"
import type { Strategy } from "./strategies.ts"

export interface CompactOptions {
  readonly conversation: LiveConversation
  readonly actor: string
  readonly strategy: Strategy
  readonly strategyName: string
  /** Of the newest entries so much stays in the prompt as it is. */
  readonly keepTokens: number
  /** For the summary of the rest, without the ledger. */
  readonly summaryTokens: number
  readonly signal: AbortSignal
}

export interface CompactReport {
  readonly strategy: string
  readonly tokensBefore: number
  readonly tokensAfter: number
  readonly droppedEntries: number
  readonly keptEntries: number
  /** What the ledger holds, word for word. */
  readonly pinned: readonly string[]
}

/**
 * Puts the ledger and a summary in the place of the older entries. They leave the prompt, not the log: people page back
 * to them, the model has its tool `recall`. Gives null where there is nothing that could be left out.
 *
 * The contract: whatever is pinned stands word for word in what takes their place, and so do the user's messages of the
 * turn that runs. A compaction that lost one is refused with COMPACTION_LOSES, and nothing changes.
 */
export async function compact(options: CompactOptions): Promise<CompactReport | null> {
  const { conversation, strategy, strategyName, keepTokens, summaryTokens, signal } = options
  const { window, state } = conversation
  const cut = cutAt(window, tokensOfEntry, keepTokens)
  const last = cut === undefined ? undefined : window[cut - 1]
  if (cut === undefined || !last) return null
  const dropped = window.slice(0, cut)
  const asked = askedIn(dropped, state)
  const before = state.compaction?.summary
  const told = await strategy(before === undefined ? dropped : [earlier(before), ...dropped], summaryTokens, signal)
  const verbatim = asked === undefined ? "" : `## What the user asked, word for word\n${asked.text}`
  const summary = [ledgerText(state.ledger), verbatim, `## What happened before\n${told}`]
    .filter((text) => text !== "")
    .join("\n\n")
  keepsAll(summary, state.ledger)
  const pinned = pinnedOf(state.ledger)
  const tokensBefore = tokensOf(window) + estimateTokens(before ?? "")
  const tokensAfter = tokensOf(window.slice(cut)) + estimateTokens(summary)
  const data = {
    upTo: last.id,
    summary,
    strategy: strategyName,
    tokensBefore,
    tokensAfter,
    kept: pinned,
    ...(asked && { asked }),
  }
  await conversation.record([event("context.compacted", data)], options.actor)
  return {
    strategy: strategyName,
    tokensBefore,
    tokensAfter,
    droppedEntries: dropped.length,
    keptEntries: window.length - cut,
    pinned,
  }
}

/** Throws COMPACTION_LOSES when a pinned item does not stand in `summary` as it was said. */
export function keepsAll(summary: string, ledger: Ledger): void {
  const lost = pinnedOf(ledger).filter((text) => !summary.includes(text))
  if (lost.length === 0) return
  throw new DuckError({
    code: "COMPACTION_LOSES",
    message: `The compaction would lose ${lost.length} pinned item(s), and was refused: ${lost[0]}`,
    hint: "This is a fault of the strategy; choose another one: `/compact window`.",
    details: { lost },
  })
}

/** Entries don't change, and the whole window is counted before each answer. */
const counted = new WeakMap<Entry, number>()

export function tokensOfEntry(entry: Entry): number {
  const tokens = counted.get(entry) ?? estimateTokens(JSON.stringify(entry))
  counted.set(entry, tokens)
  return tokens
}

const tokensOf = (entries: readonly Entry[]) => entries.reduce((sum, entry) => sum + tokensOfEntry(entry), 0)

/** The summary of before is summarised with the rest, but never the ledger in it: that is made anew. */
function earlier(summary: string): Entry {
  const told = summary.split("## What happened before\n").at(-1) ?? ""
  return { kind: "assistant", id: "", turn: "", model: "", parts: [{ kind: "text", text: told }] }
}

/** What the person asked in the turn that runs, word for word, with what left the prompt before. */
function askedIn(dropped: readonly Entry[], { turn, compaction }: ConversationState): Asked | undefined {
  if (!turn) return undefined
  const before = compaction?.asked?.turn === turn.id ? compaction.asked : undefined
  const from = before ? 0 : dropped.findIndex(({ id }) => id === turn.message)
  const said = (from < 0 ? [] : dropped.slice(from))
    .flatMap((entry) => (entry.kind === "user" ? entry.parts : []))
    .flatMap((part) => (part.kind === "text" ? [part.text] : []))
  const text = [...(before ? [before.text] : []), ...said].join("\n\n")
  return text === "" ? undefined : { turn: turn.id, text }
}

type Asked = NonNullable<NonNullable<ConversationState["compaction"]>["asked"]>
