import { type Clock, systemClock } from "../../base/clock.ts"
import type { Random } from "../../base/random.ts"
import { ModelError } from "../errors.ts"
import type { Layer } from "../model.ts"
import { lazily, read, spoken } from "./stream.ts"

export interface RetryOptions {
  /** Calls in all, with the first one. */
  readonly attempts: number
  /** Longest pause after the first failure; twice as long after each further one. */
  readonly baseMs: number
  /** Longest pause at all. A provider that asks for more than this is not waited for: another one may answer sooner. */
  readonly maxMs: number
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * Asks again after a fault that passes by itself, as long as nothing but `start` has come: later the reader has seen a
 * part. Pauses with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), and for as
 * long as the provider asked (Retry-After).
 */
export function retry({ attempts, baseMs, maxMs, clock = systemClock, random = Math.random }: RetryOptions): Layer {
  const pauseMs = (failures: number, retryAfterMs: number | undefined): number =>
    retryAfterMs === undefined
      ? random() * Math.min(maxMs, baseMs * 2 ** (failures - 1))
      : // Not all at the same moment, when many were told to come back then.
        Math.max(0, retryAfterMs) + random() * baseMs

  return (next) => (request, signal) =>
    lazily(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await spoken(read(next(request, signal)))
        } catch (error) {
          const isWorthIt = error instanceof ModelError && error.isPassing && attempt < attempts && !signal.aborted
          if (!isWorthIt || (error.retryAfterMs ?? 0) > maxMs) throw error
          await clock.sleep(pauseMs(attempt, error.retryAfterMs), signal)
        }
      }
    })
}
