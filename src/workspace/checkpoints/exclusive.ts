import { throwIfAborted } from "../../base/signal.ts"

const queues = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * Runs `work` when all that was asked of the same `key` before has ended. The queues belong to `owner`, the log that
 * everyone in a process shares: so two who opened the same project wait for each other. Other processes can't come in
 * between, as one holds the data folder.
 */
export function exclusively<T>(
  owner: object,
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const tails = queues.get(owner) ?? new Map<string, Promise<unknown>>()
  queues.set(owner, tails)
  const mine = (tails.get(key) ?? Promise.resolve()).then(() => {
    throwIfAborted(signal)
    return work()
  })
  const over = mine
    .catch(() => {})
    .then(() => {
      if (tails.get(key) === over) tails.delete(key)
    })
  tails.set(key, over)
  return mine
}
