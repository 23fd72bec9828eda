import { asDuckError, CancelledError, type DuckError } from "../../base/errors.ts"
import { anySignal } from "../../base/signal.ts"
import type { EventParams, SubscribeAnswer } from "../../base/wire.ts"
import { ConnectionLostError, errorOf } from "./errors.ts"
import type { Link } from "./link.ts"

export interface EventsOptions {
  /** "core" or "project.<id>". */
  readonly log: string
  /** Position of the last event that was seen; 0 for all. */
  readonly after: number
  readonly signal?: AbortSignal
}

/** A reader that falls this far behind stops being sent more; it goes on from there once it has caught up. */
const mostBuffered = 1_000

/** See `Connection.events`. The position it goes on from is its own, so that it matters not which connection it comes by. */
export async function* logEvents(link: Link, options: EventsOptions): AsyncGenerator<EventParams, void, undefined> {
  const ended = anySignal(link.closed, options.signal)
  const buffer: EventParams[] = []
  let position = options.after
  let failure: DuckError | undefined
  let subscription: string | undefined
  let isSubscribing = false
  let wake: (() => void) | undefined
  const look = () => wake?.()

  // Events may come in before the code that waited for the answer to the subscription has run.
  let early: EventParams[] = []
  const take = (event: EventParams) => {
    if (event.subscription !== subscription) return
    // Only what comes next: the log is dense, so anything else is not what was asked for.
    if (event.position !== position + 1) return unsubscribe()
    position = event.position
    buffer.push(event)
    if (buffer.length >= mostBuffered) unsubscribe()
    look()
  }

  const subscribe = async () => {
    isSubscribing = true
    early = []
    try {
      const params = { log: options.log, after: position }
      const answer = (await link.request("events.subscribe", params, { signal: ended })) as SubscribeAnswer
      subscription = answer.subscription
      for (const event of early) take(event)
    } catch (thrown) {
      if (!(thrown instanceof ConnectionLostError)) failure = asDuckError(thrown)
    } finally {
      isSubscribing = false
      look()
    }
  }
  const unsubscribe = () => {
    const left = subscription
    subscription = undefined
    // A connection that is gone has no subscriptions left.
    if (left !== undefined) link.request("events.unsubscribe", { subscription: left }).catch(() => {})
  }
  const stopHearing = link.hear({
    event(event) {
      if (isSubscribing) early.push(event)
      else take(event)
    },
    ended(params) {
      if (params.subscription !== subscription) return
      subscription = undefined
      failure = errorOf(params.error)
      look()
    },
    lost() {
      subscription = undefined
      look()
    },
  })
  ended.addEventListener("abort", look)
  try {
    for (;;) {
      const next = buffer.shift()
      if (next) yield next
      else if (ended.aborted) return
      else if (failure) throw failure
      else if (subscription === undefined && !isSubscribing) void subscribe()
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        wake = undefined
      }
    }
  } catch (error) {
    if (error instanceof CancelledError && ended.aborted) return
    throw error
  } finally {
    ended.removeEventListener("abort", look)
    stopHearing()
    if (!link.closed.aborted) unsubscribe()
  }
}
