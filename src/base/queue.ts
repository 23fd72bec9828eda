import { abortReason } from "./signal.ts"

/**
 * A bounded queue between one or more producers and one consumer: `push` resolves once there is room (back-pressure),
 * iteration takes items in order and ends after `close`, or throws what `fail` was given.
 */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  /** Resolves when the item is queued; false when the queue is closed and the item was refused. */
  push(item: T, signal?: AbortSignal): Promise<boolean>
  /** Queues at once or says that there is no room (or that the queue is closed). */
  offer(item: T): boolean
  /** No more items; those queued are still delivered. */
  close(): void
  /** Ends iteration with `error` after the items already queued. */
  fail(error: unknown): void
  readonly size: number
}

export function asyncQueue<T>({ capacity = Number.POSITIVE_INFINITY }: { capacity?: number } = {}): AsyncQueue<T> {
  const items: T[] = []
  const takers: (() => void)[] = []
  const givers: (() => void)[] = []
  let ended: { error?: unknown } | undefined

  const wake = (list: (() => void)[]) => list.shift()?.()
  const end = (how: { error?: unknown }) => {
    ended ??= how
    while (takers.length > 0) wake(takers)
    while (givers.length > 0) wake(givers)
  }

  return {
    get size() {
      return items.length
    },
    offer(item) {
      if (ended || items.length >= capacity) return false
      items.push(item)
      wake(takers)
      return true
    },
    async push(item, signal) {
      while (!ended && items.length >= capacity) await waitIn(givers, signal)
      return this.offer(item)
    },
    close: () => end({}),
    fail: (error) => end({ error }),
    async *[Symbol.asyncIterator]() {
      try {
        while (true) {
          if (items.length > 0) {
            const item = items.shift() as T
            wake(givers)
            yield item
          } else if (ended) {
            if ("error" in ended) throw ended.error
            return
          } else await waitIn(takers)
        }
      } finally {
        end({})
      }
    },
  }
}

function waitIn(list: (() => void)[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortReason(signal))
    const cancelled = () => {
      const at = list.indexOf(go)
      if (at >= 0) list.splice(at, 1)
      // biome-ignore lint/style/noNonNullAssertion: this listener exists only when there is a signal
      reject(abortReason(signal!))
    }
    const go = () => {
      signal?.removeEventListener("abort", cancelled)
      resolve()
    }
    signal?.addEventListener("abort", cancelled, { once: true })
    list.push(go)
  })
}
