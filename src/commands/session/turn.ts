import type { Assistant } from "../../assistant/assistant.ts"
import { readConversationEvent } from "../../assistant/conversation/events.ts"
import { type LiveConversation, streamOfConversation } from "../../assistant/conversation/live.ts"
import { UnavailableError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import type { LogStore } from "../../fabric/ports.ts"
import type { CommandContext } from "../context.ts"
import { itemOf, itemQueue, type SessionItem } from "./item.ts"
import { maskerFor } from "./masker.ts"
import { maskedIn, titleShown } from "./shown.ts"
import { watcherOf } from "./watcher.ts"

/**
 * Tells the caller what happens in a conversation, from the turn that runs on. `begin` is called once the listening has
 * begun, and the end of a turn ends it, unless `isEndless`. Ends too when the server stops.
 */
export async function follow(options: {
  readonly context: CommandContext
  readonly assistant: Assistant
  readonly live: LiveConversation
  readonly isEndless?: boolean
  begin?(): Promise<void>
  hear?(item: SessionItem): void
}): Promise<Extract<SessionItem, { kind: "turn-ended" }> | undefined> {
  const { context, assistant, live, begin, hear, isEndless = false } = options
  const { signal, host } = context
  const queue = itemQueue()
  const tell = async (item: SessionItem) => {
    hear?.(item)
    await context.tell(item)
  }
  const masker = await maskerFor(live.state.root, host)
  const reader = context.actor.id
  const told = watcherOf({ reader, masker, turnBy: live.state.turn?.by })
  const stopWatching = await assistant.watch(live.id, (heard) => {
    for (const item of told(heard)) queue.put(item)
  })
  // What was heard while the watching began is in the state, which is told first.
  queue.clear()
  const { title, mode, model, turn } = live.state
  const isTheirOwn = (live.state.owner ?? reader) === reader
  const shownTitle = isTheirOwn ? title : titleShown(assistant.rows, { id: live.id, title }, masker.mask)
  const opened: SessionItem = {
    kind: "opened",
    session: live.id,
    title: shownTitle,
    mode,
    model,
    isRunning: turn !== null,
  }
  const isTheirs = turn === null || turn.by === reader
  const before = isTheirs ? soFar(live) : maskedIn(soFar(live), masker.mask)
  const hasEnded = begin === undefined && assistant.ended(live.id) === null
  const end = () => queue.close()
  signal.addEventListener("abort", end, { once: true })
  // A turn that runs tells of its end itself.
  const serverStops = () => {
    if (assistant.ended(live.id) === null) end()
  }
  // It goes on at another server, or is deleted.
  live.lost.addEventListener("abort", end, { once: true })
  host.server?.stopping.addEventListener("abort", serverStops, { once: true })
  try {
    await tell(opened)
    for (const item of before) await tell(item)
    if (hasEnded && !isEndless) return { kind: "turn-ended", how: "done", why: "It had ended already.", checks: [] }
    await begin?.()
    if (host.server?.stopping.aborted) serverStops()
    for await (const item of queue) {
      await tell(item)
      if (item.kind === "turn-ended" && (!isEndless || item.how === "suspended")) return item
    }
    if (signal.aborted) throw abortReason(signal)
    return undefined
  } finally {
    stopWatching()
    end()
    signal.removeEventListener("abort", end)
    live.lost.removeEventListener("abort", end)
    host.server?.stopping.removeEventListener("abort", serverStops)
  }
}

/** Of the turn that runs: what was said and done in it, and what it waits for. */
function soFar({ state, window }: LiveConversation): readonly SessionItem[] {
  const { turn } = state
  if (turn === null) return []
  const at = window.findIndex(({ id }) => id === turn.message)
  return [
    ...window.slice(at + 1).map((entry): SessionItem => ({ kind: "entry", entry })),
    ...state.openCalls
      .filter(({ state: is }) => is === "asked")
      .map(
        (call): SessionItem => ({
          kind: "event",
          type: "permission.asked",
          data: { call: call.id, question: `${call.name} ${call.arguments}`, why: "It waits for your answer." },
        }),
      ),
  ]
}

/** What was stored of the turn that runs. Reads the whole conversation: for going on after a crash, not for each look. */
export function eventsOfTurn({ id, log }: LiveConversation, store: Pick<LogStore, "stream">): readonly SessionItem[] {
  let items: SessionItem[] = []
  for (const { events } of store.stream(log, streamOfConversation(id))) {
    for (const stored of events) {
      const event = readConversationEvent(stored)
      if (event?.type === "turn.started") items = []
      if (event) items.push(itemOf(event))
    }
  }
  return items
}

export const suspended = (session: string, why: string) =>
  new UnavailableError({
    code: "TURN_SUSPENDED",
    message: `The turn was suspended: ${why}`,
    hint: `It goes on with the next start of the server: duck run --session ${session}`,
    details: { session },
  })
