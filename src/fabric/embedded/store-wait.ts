import type { Clock } from "../../base/clock.ts"

/**
 * Resolves true as soon as `isTrue` says so, which is asked now and at every change; false after `withinMs`, or when
 * `isOver` says that it never will be.
 */
export async function waitUntil({
  isTrue,
  isOver = () => false,
  onChange,
  withinMs,
  clock,
}: {
  readonly isTrue: () => boolean
  readonly isOver?: () => boolean
  readonly onChange: (callback: () => void) => () => void
  readonly withinMs: number
  readonly clock: Clock
}): Promise<boolean> {
  if (isTrue()) return true
  if (withinMs <= 0 || isOver()) return false
  const timer = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const unsubscribe = onChange(() => {
    try {
      if (isTrue()) resolve(true)
      else if (isOver()) resolve(false)
    } catch (error) {
      reject(error)
    }
  })
  if (withinMs !== Number.POSITIVE_INFINITY)
    clock.sleep(withinMs, timer.signal).then(
      () => resolve(false),
      () => {},
    )
  try {
    return await promise
  } finally {
    timer.abort()
    unsubscribe()
  }
}
