import { abortReason } from "../../base/signal.ts"

/** At most `size` hold a slot at a time; the others wait in the order they came. */
export function slots(size: number) {
  const waiting: (() => void)[] = []
  let free = size
  const giveBack = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return {
    /** Rejects with the signal's reason. Whoever holds a slot gives it back once. */
    async take(signal: AbortSignal): Promise<() => void> {
      if (signal.aborted) throw abortReason(signal)
      if (free > 0) {
        free--
        return giveBack
      }
      await new Promise<void>((resolve, reject) => {
        const mine = () => {
          signal.removeEventListener("abort", cancelled)
          resolve()
        }
        const cancelled = () => {
          waiting.splice(waiting.indexOf(mine), 1)
          reject(abortReason(signal))
        }
        waiting.push(mine)
        signal.addEventListener("abort", cancelled, { once: true })
      })
      return giveBack
    },
    /** Nobody holds one or waits. */
    isIdle: () => free === size,
  }
}
