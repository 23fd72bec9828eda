import { CancelledError, TimeoutError } from "./errors.ts"

/** What a signal was aborted with, as an Error that can be thrown. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error && signal.reason.name !== "AbortError" ? signal.reason : new CancelledError()
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal)
}

/** A signal that fires with any of `signals`; undefined ones are left out. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((s) => s !== undefined))
}

/**
 * Runs `work` with a signal that also fires after `timeoutMs`. Rejects with TimeoutError then, or with the outer
 * signal's reason, at once and whether or not `work` listens to its signal.
 */
export async function withTimeout<T>(
  what: string,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new TimeoutError(what, timeoutMs)), timeoutMs)
  try {
    return await abortable(anySignal(outer, controller.signal), work)
  } finally {
    clearTimeout(timer)
  }
}

/** Settles with `work`, or rejects with the signal's reason as soon as it fires. */
export function abortable<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal))
    const cancelled = () => reject(abortReason(signal))
    signal.addEventListener("abort", cancelled, { once: true })
    work(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", cancelled))
  })
}
