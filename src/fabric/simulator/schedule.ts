import { setImmediate } from "node:timers/promises"
import type { Clock } from "../../base/clock.ts"
import { below, type Random } from "../../base/random.ts"
import { abortReason } from "../../base/signal.ts"

/**
 * What is under way in a simulated system. Everything that takes time waits here, and the schedule picks at random what
 * happens next, so that any order of events may come, and the same seed gives the same order.
 */
export interface Schedule {
  readonly random: Random
  /** Resolves at some later step. */
  later(): Promise<void>
  /** Does one thing at some later step. */
  at(action: () => void): void
  /** Runs until nothing is under way, at most `maxSteps`. */
  run(maxSteps: number): Promise<void>
  /** Time that goes on by one step of the schedule at a time, so that every time-out may come early or late. */
  readonly clock: Clock
}

export function schedule(random: Random): Schedule {
  const pending: (() => void)[] = []
  let nowMs = Date.UTC(2026, 0, 1)

  const later = () => new Promise<void>((resolve) => pending.push(resolve))
  return {
    random,
    later,
    at: (action) => void pending.push(action),
    async run(maxSteps) {
      await settleDown()
      for (let step = 0; step < maxSteps && pending.length > 0; step++) {
        const [action] = pending.splice(below(random, pending.length), 1)
        nowMs += 1
        action?.()
        await settleDown()
      }
    },
    clock: {
      now: () => nowMs,
      async sleep(_ms, signal) {
        if (signal?.aborted) throw abortReason(signal)
        await later()
        if (signal?.aborted) throw abortReason(signal)
      },
    },
  }
}

/** Lets everything that can go on without the schedule go on: promises are done before the next macrotask. */
const settleDown = () => setImmediate()
