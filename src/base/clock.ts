import { abortReason } from "./signal.ts"

/** Time as a dependency, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal))
      const timer = setTimeout(done, ms)
      signal?.addEventListener("abort", cancelled, { once: true })
      function done() {
        signal?.removeEventListener("abort", cancelled)
        resolve()
      }
      function cancelled() {
        clearTimeout(timer)
        // biome-ignore lint/style/noNonNullAssertion: this listener exists only when there is a signal
        reject(abortReason(signal!))
      }
    })
  },
}

export interface ManualClock extends Clock {
  /** Moves time on and wakes, in order, every sleeper that is due. */
  advance(ms: number): void
  /** How many are asleep; lets a test wait until its subject is. */
  sleepers(): number
}

/** A clock that stands still until a test moves it. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = startMs
  const waiting = new Set<{ dueMs: number; wake: () => void }>()
  return {
    now: () => nowMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(abortReason(signal))
        if (ms <= 0) return resolve()
        const sleeper = { dueMs: nowMs + ms, wake: resolve }
        waiting.add(sleeper)
        signal?.addEventListener("abort", () => waiting.delete(sleeper) && reject(abortReason(signal)), { once: true })
      })
    },
    advance(ms) {
      nowMs += ms
      const due = [...waiting].filter((s) => s.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs)
      for (const sleeper of due) {
        waiting.delete(sleeper)
        sleeper.wake()
      }
    },
    sleepers: () => waiting.size,
  }
}
