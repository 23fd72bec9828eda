import { setImmediate } from "node:timers/promises"

/**
 * Repeats `check` until it no longer throws, letting input and output run in between; after ten seconds it throws what
 * the last check threw. For conditions that nothing announces.
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const until = performance.now() + withinMs
  while (true) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > until) throw error
      await setImmediate()
    }
  }
}
