import type { Clock } from "../../base/clock.ts"

/** What `work` gives, or undefined when that takes longer than `ms` or the signal fires first. The work itself goes on. */
export async function soon<T>(
  work: Promise<T>,
  { ms, clock, signal }: { readonly ms: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const enough = new AbortController()
  const nothing = () => undefined
  const late = clock.sleep(ms, AbortSignal.any([signal, enough.signal])).then(nothing, nothing)
  try {
    return await Promise.race([work, late])
  } finally {
    enough.abort()
  }
}
