import { setImmediate } from "node:timers/promises"
import { throwIfAborted } from "../../base/signal.ts"

/** How long the thread is kept before others get their turn. */
const sliceMs = 12

/**
 * For loops of many small synchronous steps, which are several times as quick as asynchronous ones: called after each,
 * it lets others run once a time slice is used up. Throws when the signal has fired.
 */
export function timeSlices(): (signal?: AbortSignal) => Promise<void> {
  let endsAt = performance.now() + sliceMs
  return async (signal) => {
    if (performance.now() < endsAt) return
    await setImmediate()
    throwIfAborted(signal)
    endsAt = performance.now() + sliceMs
  }
}
