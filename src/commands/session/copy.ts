import { event } from "../../assistant/conversation/decide.ts"
import { entryOf } from "../../assistant/conversation/entries.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import { readConversationEvent } from "../../assistant/conversation/events.ts"
import { type LiveConversation, streamOfConversation } from "../../assistant/conversation/live.ts"
import { evolve, initialState } from "../../assistant/conversation/state.ts"
import { NotFoundError } from "../../base/errors.ts"
import type { LogId, LogStore } from "../../fabric/ports.ts"

/** Everything of a conversation, as it was stored. */
export function* eventsOf(store: Pick<LogStore, "stream">, log: LogId, id: string): Generator<ConversationEvent> {
  for (const { events } of store.stream(log, streamOfConversation(id))) {
    for (const stored of events) {
      const one = readConversationEvent(stored)
      if (one) yield one
    }
  }
}

/** What a copy has of its own: its start, title, mode and model, and no checkpoints of files. */
const ownTypes: ReadonlySet<ConversationEvent["type"]> = new Set([
  "conversation.started",
  "conversation.renamed",
  "conversation.archived",
  "mode.changed",
  "model.changed",
  "checkpoint.taken",
])

/**
 * The history to copy, up to and with the entry `upTo` (default: all). A turn that is cut there ends as interrupted.
 * Throws NotFoundError where there is no such entry.
 */
export function history(events: Iterable<ConversationEvent>, upTo?: string): readonly ConversationEvent[] {
  const kept: ConversationEvent[] = []
  let state = initialState
  let isFound = upTo === undefined
  for (const one of events) {
    if (!ownTypes.has(one.type)) {
      kept.push(one)
      state = evolve(state, one)
    }
    if (upTo !== undefined && entryOf(one)?.id === upTo) {
      isFound = true
      break
    }
  }
  if (!isFound) throw new NotFoundError({ code: "NO_MESSAGE", message: `There is no message ${upTo} in it.` })
  return [...kept, ...endOf(state)]
}

/** What is under way at the end of a copy is over in it: nobody goes on with it. */
function endOf(state: typeof initialState): ConversationEvent[] {
  const why = "The conversation was copied here."
  const waiting = state.queued.flatMap((message, at): ConversationEvent[] => {
    const turn = `copied-${at}-${message}`
    return [
      event("turn.started", { turn, message, by: "copy" }),
      event("turn.ended", { turn, how: "interrupted", why, steps: 0 }),
    ]
  })
  if (state.turn === null) return waiting
  const cancelled = state.openCalls.map((call) =>
    event("tool.finished", {
      call: call.id,
      outcome: call.state === "intended" ? "unknown" : "cancelled",
      content: [{ kind: "text", text: why }],
      tookMs: 0,
    }),
  )
  const ended = event("turn.ended", { turn: state.turn.id, how: "interrupted", why, steps: state.turn.steps })
  return [...cancelled, ended, ...waiting]
}

/** A commit takes a million bytes: enough turns for one, and the most that a single turn may make of it. */
const enoughBytes = 400_000
const mostBytes = 900_000

/** Stores a history in a new conversation, a turn or more at a time: what a crash leaves is never half a turn. */
export async function storeHistory(
  live: LiveConversation,
  events: readonly ConversationEvent[],
  actor: string,
): Promise<void> {
  let batch: ConversationEvent[] = []
  let sizeBytes = 0
  const flush = async () => {
    const [first, ...rest] = batch
    if (first) await live.record([first, ...rest], actor)
    batch = []
    sizeBytes = 0
  }
  for (const [at, one] of events.entries()) {
    const own = Buffer.byteLength(JSON.stringify(one))
    if (sizeBytes + own > mostBytes) await flush()
    batch.push(one)
    sizeBytes += own
    // A turn that ends here and a message that waits for the next are stored together with it.
    const isWhole = one.type === "turn.ended" && events[at + 1]?.type !== "turn.started"
    if (isWhole && sizeBytes > enoughBytes) await flush()
  }
  await flush()
}
