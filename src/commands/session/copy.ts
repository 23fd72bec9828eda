import { event } from "../../assistant/conversation/decide.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import { readConversationEvent } from "../../assistant/conversation/events.ts"
import { treeOf } from "../../assistant/conversation/line.ts"
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

/** What a copy has of its own: its start, title, mode and model, who is in control and reads along, no checkpoints. */
const ownTypes: ReadonlySet<ConversationEvent["type"]> = new Set([
  "conversation.started",
  "conversation.renamed",
  "conversation.archived",
  "conversation.rewound",
  "control.passed",
  "share.made",
  "share.ended",
  "mode.changed",
  "model.changed",
  "checkpoint.taken",
])

/**
 * The history to copy, up to and with the entry `upTo`, which may be one that was taken back (default: the history that
 * holds). A turn that is cut there ends as interrupted. Throws NotFoundError where there is no such entry.
 */
export function history(events: Iterable<ConversationEvent>, upTo?: string): readonly ConversationEvent[] {
  const tree = treeOf(events)
  if (upTo !== undefined && !tree.has(upTo)) {
    throw new NotFoundError({ code: "NO_MESSAGE", message: `There is no message ${upTo} in it.` })
  }
  const line = upTo === undefined ? tree.events(tree.last, { beyond: true }) : tree.events(upTo)
  const kept: ConversationEvent[] = []
  let state = initialState
  const keep = (one: ConversationEvent) => {
    kept.push(one)
    state = evolve(state, one)
  }
  for (const one of line) {
    if (ownTypes.has(one.type)) continue
    // Its end is among what was taken back.
    if (one.type === "turn.started") for (const end of endOfTurn(state)) keep(end)
    keep(one)
  }
  return [...kept, ...endOfTurn(state), ...endOfWaiting(state)]
}

const why = "The conversation was copied here."

/** A turn that is under way at the end of a copy is over in it: nobody goes on with it. */
function endOfTurn({ turn, openCalls }: typeof initialState): ConversationEvent[] {
  if (turn === null) return []
  const cancelled = openCalls.map((call) =>
    event("tool.finished", {
      call: call.id,
      outcome: call.state === "intended" ? "unknown" : "cancelled",
      content: [{ kind: "text", text: why }],
      tookMs: 0,
    }),
  )
  return [...cancelled, event("turn.ended", { turn: turn.id, how: "interrupted", why, steps: turn.steps })]
}

const endOfWaiting = ({ queued }: typeof initialState): ConversationEvent[] =>
  queued.flatMap((message, at): ConversationEvent[] => {
    const turn = `copied-${at}-${message}`
    return [
      event("turn.started", { turn, message, by: "copy" }),
      event("turn.ended", { turn, how: "interrupted", why, steps: 0 }),
    ]
  })

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
