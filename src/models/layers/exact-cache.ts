import { type Clock, systemClock } from "../../base/clock.ts"
import { type Layer, type ModelEvent, type ModelRequest, noUsage } from "../model.ts"
import { isDeterministic, type KeyScope, requestKey } from "./request-key.ts"
import { type Events, lazily, over, read, watched } from "./stream.ts"

export interface ExactCacheOptions {
  readonly maxEntries: number
  /** Of all answers together, counted as two bytes a character. Default 64 MB. */
  readonly maxBytes?: number
  readonly ttlMs: number
  /** Default: each user has answers of their own. */
  readonly scope?: KeyScope
  readonly clock?: Clock
}

/** Where answers are kept; one that also finds answers to similar requests has the same shape. */
export interface AnswerStore {
  find(request: ModelRequest): readonly ModelEvent[] | undefined
  keep(request: ModelRequest, events: readonly ModelEvent[]): void
  /** An answer with more characters than this need not be recorded. */
  readonly mostChars: number
}

/**
 * Gives the same answer to exactly the same request, where that is what was meant (`isDeterministic`). Stands where
 * `request.model` is already the model that will be asked, or else a changed setting would not be noticed.
 *
 * What is replayed has `from: "cache"` in its start, and an end with no tokens and a cost of 0: nothing was used, and
 * `saved` says what was not. Kept are whole answers alone: no failures, no refusals, nothing that another model had to
 * continue.
 */
export const exactCache = (options: ExactCacheOptions): Layer => answersFrom(exactAnswers(options))

/** The layer of any store of answers. */
export function answersFrom(store: AnswerStore): Layer {
  return (next) => (request, signal) =>
    isDeterministic(request)
      ? lazily(() => {
          const known = store.find(request)
          return known ? replay(known) : recorded(read(next(request, signal)), store, request)
        })
      : next(request, signal)
}

/** The last used answers to exactly the same requests. */
export function exactAnswers({
  maxEntries,
  maxBytes = 64_000_000,
  ttlMs,
  scope = "user",
  clock = systemClock,
}: ExactCacheOptions): AnswerStore {
  /** The least recently used first. */
  const entries = new Map<string, { events: readonly ModelEvent[]; bytes: number; untilMs: number }>()
  let bytes = 0
  const drop = (key: string) => {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    mostChars: maxBytes / 2,
    find(request) {
      const key = requestKey(request, scope)
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.untilMs <= clock.now()) return void drop(key)
      entries.delete(key)
      entries.set(key, entry)
      return entry.events
    },
    keep(request, events) {
      const key = requestKey(request, scope)
      drop(key)
      const size = 2 * (JSON.stringify(events).length + key.length)
      entries.set(key, { events, bytes: size, untilMs: clock.now() + ttlMs })
      bytes += size
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) return
        drop(oldest)
      }
    },
  }
}

function replay(events: readonly ModelEvent[]): Events {
  let at = 0
  return {
    async next() {
      const event = events[at++]
      return event ? { done: false, value: event } : over
    },
    async return() {
      at = events.length
      return over
    },
  }
}

function recorded(inner: Events, store: AnswerStore, request: ModelRequest): Events {
  let events: ModelEvent[] | undefined = []
  let chars = 0
  return watched(inner, {
    event(event) {
      if (!events) return event
      if ("text" in event) chars += event.text.length
      if (event.kind === "restart" || chars > store.mostChars) events = undefined
      else if (event.kind !== "end") append(events, event)
      else if (event.finish !== "refused") {
        const { usage, costUsd = null } = event
        events.push({ ...event, usage: noUsage, costUsd: 0, saved: { usage, costUsd } })
        store.keep(request, events)
      }
      return event
    },
  })
}

/** Pieces of a text become one; the pieces of a tool call are only for watching it being written. */
function append(events: ModelEvent[], event: ModelEvent) {
  const last = events.at(-1)
  if (event.kind === "start") events.push({ ...event, from: "cache" })
  else if ((event.kind === "text" || event.kind === "reasoning") && last?.kind === event.kind)
    events[events.length - 1] = { kind: event.kind, text: last.text + event.text }
  else if (event.kind !== "tool-delta") events.push(event)
}
