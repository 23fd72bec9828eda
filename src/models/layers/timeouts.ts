import { type Clock, systemClock } from "../../base/clock.ts"
import { CancelledError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { ModelError } from "../errors.ts"
import type { Layer } from "../model.ts"
import { type Events, type InnerCall, innerCall, lazily, leave, type Next, over, read } from "./stream.ts"

export interface TimeoutOptions {
  /** From the call to the first event that is not `start`. */
  readonly firstTokenMs: number
  /** Between two events. */
  readonly betweenTokensMs: number
  /** The whole call. */
  readonly totalMs?: number | undefined
  readonly clock?: Clock
}

/**
 * Ends a call that takes too long with MODEL_TIMEOUT, also where the provider doesn't listen to its signal. Only the time
 * that the reader waits counts: a reader that is slow itself fails nothing, except for `totalMs`.
 *
 * An event costs one look at the clock and no timer: one timer a call looks, each time it is due, how much is left.
 */
export function timeouts({ firstTokenMs, betweenTokensMs, totalMs, clock = systemClock }: TimeoutOptions): Layer {
  return (next) => (request, signal) =>
    lazily(() => {
      const call = innerCall(signal)
      const limits = { firstTokenMs, betweenTokensMs, totalMs: totalMs ?? Number.POSITIVE_INFINITY }
      return timed(read(next(request, call.signal)), { call, limits, clock, model: request.model })
    })
}

/** One for all: making an error for each call that ends well would be most of what this layer costs. */
const finished = new CancelledError()

interface Timing {
  readonly call: InnerCall
  readonly limits: { readonly firstTokenMs: number; readonly betweenTokensMs: number; readonly totalMs: number }
  readonly clock: Clock
  readonly model: string
}

function timed(inner: Events, { call, limits, clock, model }: Timing): Events {
  const { firstTokenMs, betweenTokensMs, totalMs } = limits
  const startedAt = clock.now()
  const stop = new AbortController()
  let hasSpoken = false
  let isOver = false
  let pending: PromiseWithResolvers<Next> | undefined
  /** Since when the reader waits, while one is `pending`. */
  let waitsSince = startedAt
  let fault: Error | undefined

  const finish = () => {
    if (isOver) return
    isOver = true
    stop.abort(finished)
    call.release()
    call.signal.removeEventListener("abort", cancelled)
  }
  const fail = (error: Error) => {
    if (isOver) return
    finish()
    fault = error
    pending?.reject(error)
    pending = undefined
    call.abort(error)
    leave(inner)
  }
  const cancelled = () => fail(abortReason(call.signal))
  if (call.signal.aborted) cancelled()
  else call.signal.addEventListener("abort", cancelled, { once: true })

  const tooLate = (what: string, ms: number) =>
    new ModelError({
      fault: "MODEL_TIMEOUT",
      message: `${model === "" ? "The model" : model} ${what} within ${ms / 1000} s.`,
      hint: "Ask again, ask another model, or give it more time in the setting llm.timeouts.",
      model,
      details: { timeoutMs: ms },
    })

  const look = async (): Promise<void> => {
    while (!isOver) {
      const now = clock.now()
      const leftOfCall = startedAt + totalMs - now
      if (leftOfCall <= 0) return fail(tooLate("did not finish its answer", totalMs))
      const leftOfWait = !pending
        ? betweenTokensMs
        : hasSpoken
          ? waitsSince + betweenTokensMs - now
          : startedAt + firstTokenMs - now
      if (leftOfWait <= 0)
        return fail(hasSpoken ? tooLate("said nothing more", betweenTokensMs) : tooLate("said nothing", firstTokenMs))
      // Never longer than between two events: by then the first may have come, and the next be late.
      await clock.sleep(Math.min(leftOfCall, leftOfWait, betweenTokensMs), stop.signal)
    }
  }
  look().catch(() => {})

  const arrived = (result: Next) => {
    const reader = pending
    pending = undefined
    if (result.done || result.value.kind === "end") finish()
    else if (!hasSpoken) hasSpoken = result.value.kind !== "start"
    reader?.resolve(result)
  }
  const failed = (error: unknown) => {
    const reader = pending
    pending = undefined
    finish()
    reader?.reject(error)
  }

  return {
    next() {
      if (fault) {
        const error = fault
        fault = undefined
        return Promise.reject(error)
      }
      if (isOver) return inner.next()
      waitsSince = clock.now()
      pending = Promise.withResolvers()
      const { promise } = pending
      inner.next().then(arrived, failed)
      return promise
    },
    return() {
      finish()
      if (pending) call.abort()
      return inner.return ? inner.return() : Promise.resolve(over)
    },
  }
}
