import { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"

/**
 * A model's stream as layers pass it on. One `next` is asked at a time. Whoever wants to leave while one is pending fires
 * the signal of the call; `return` is for the time between two.
 */
export type Events = AsyncIterator<ModelEvent, unknown, undefined>
export type Next = IteratorResult<ModelEvent, unknown>

export const over: Next = { done: true, value: undefined }

/**
 * A stream that begins when it is first read: nothing is asked of a provider before. What `open` gives answers from then
 * on, one call deep.
 */
export function lazily(open: () => Events | Promise<Events>): AsyncIterable<ModelEvent> {
  return {
    [Symbol.asyncIterator](): Events {
      let inner: Events | undefined
      let isOpened = false
      let isLeft = false
      async function first(): Promise<Next> {
        isOpened = true
        const opened = await open()
        if (isLeft) return opened.return ? opened.return() : over
        inner = opened
        return inner.next()
      }
      return {
        next: () => (inner ? inner.next() : isOpened || isLeft ? Promise.resolve(over) : first()),
        return() {
          isLeft = true
          return inner?.return ? inner.return() : Promise.resolve(over)
        },
      }
    },
  }
}

/** The iterator of a stream that a layer asked for. */
export const read = (stream: AsyncIterable<ModelEvent>): Events => stream[Symbol.asyncIterator]()

/** How a stream came to its end: `ended` with an `end` event, `left` by its reader, or `failed`. */
export type Closing =
  | { readonly how: "ended" }
  | { readonly how: "left" }
  | { readonly how: "failed"; readonly error: unknown }

export interface Watcher {
  /** Sees each event; what it gives is handed on in its place. */
  readonly event?: (event: ModelEvent) => ModelEvent
  /** Called exactly once for a stream that is read to its end, fails or is left. */
  readonly closed?: (closing: Closing) => void
}

const ended: Closing = { how: "ended" }
const left: Closing = { how: "left" }

/**
 * Hands the events of `inner` on and tells `watcher` of them; costs one promise an event. A stream that stops without an
 * `end` is a broken one, whoever it comes from.
 */
export function watched(inner: Events, { event: see, closed }: Watcher): Events {
  let isOpen = true
  const close = (closing: Closing) => {
    if (!isOpen) return
    isOpen = false
    closed?.(closing)
  }
  const failed = (error: unknown): never => {
    close({ how: "failed", error })
    throw error
  }
  const given = (result: Next): Next => {
    if (result.done) return failed(brokenOff())
    const event = see ? see(result.value) : result.value
    if (event.kind === "end") close(ended)
    return event === result.value ? result : { done: false, value: event }
  }
  return {
    next: () => (isOpen ? inner.next().then(given, failed) : inner.next()),
    return() {
      close(left)
      return inner.return ? inner.return() : Promise.resolve(over)
    },
  }
}

const brokenOff = () =>
  new ModelError({ fault: "MODEL_STREAM_BROKEN", message: "The answer stopped before its end.", hint: "Ask again." })

/**
 * Waits until the stream says something (any event but `start`), fails or ends, and gives a stream of all its events.
 * So that a call can still be made again, or elsewhere, as long as nobody has heard anything.
 */
export async function spoken(inner: Events): Promise<Events> {
  const held: Next[] = []
  while (true) {
    const result = await inner.next()
    held.push(result)
    if (result.done || result.value.kind !== "start") break
  }
  return {
    next() {
      const result = held.shift()
      return result ? Promise.resolve(result) : inner.next()
    },
    return() {
      held.length = 0
      return inner.return ? inner.return() : Promise.resolve(over)
    },
  }
}

/** A signal of one call within another: it fires with the outer one, or alone. */
export interface InnerCall {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  /** No longer listens to the outer signal; to be called when the call is over. */
  release(): void
}

/** By hand and not with `AbortSignal.any`, which is several times as slow and keeps its signals until they are collected. */
export function innerCall(outer: AbortSignal): InnerCall {
  const controller = new AbortController()
  const follow = () => controller.abort(outer.reason)
  if (outer.aborted) follow()
  else outer.addEventListener("abort", follow, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => outer.removeEventListener("abort", follow),
  }
}

/** Leaves a stream without waiting for it and without hearing of its failure. */
export function leave(inner: Events): void {
  inner.return?.().then(undefined, () => {})
}
