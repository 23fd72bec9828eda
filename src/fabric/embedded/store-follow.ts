import { LogSuspectError, LogTrimmedError } from "../errors.ts"
import type { Committed, Following, Head, LogId } from "../ports.ts"
import type { LogTables } from "./store-tables.ts"

const batchSize = 256
/** Commits may be a megabyte each; a batch of such is kept small. */
const batchChars = 1_000_000

/**
 * Gives every commit after `after` to `sink`, in order, once: first what is in the table, then what comes. There is no
 * seam between the two, because both are read from the table by position. The next batch is read when the sink's
 * promise for the last one has resolved. `done` rejects with what the sink or the log threw; `stop` waits for the batch
 * that is with the sink.
 */
export function followTable(
  tables: LogTables,
  log: LogId,
  after: Head,
  sink: (batch: readonly Committed[]) => Promise<void>,
): Following {
  let at = after
  let born: string | undefined
  let isStopped = false
  let wake = () => {}
  const unsubscribe = tables.onChange((changed) => {
    if (changed === log) wake()
  })
  const { promise: done, reject } = Promise.withResolvers<never>()
  // Whoever does not look at `done` has not asked to be told.
  done.catch(() => {})

  const running = (async () => {
    while (!isStopped && !tables.isClosed) {
      const grown = new Promise<void>((resolve) => {
        wake = resolve
      })
      const table = tables.find(log)
      born ??= table?.born
      if (at > (table?.end() ?? 0) || born !== table?.born) throw new LogSuspectError(log, at, "regression")
      if (table && at < table.trimmed().pos) throw new LogTrimmedError(log, at, table.trimmed().pos)
      const batch = table && at < table.end() ? table.scan(at, batchSize, batchChars) : []
      if (batch.length > 0 && batch[0]?.pos !== at + 1) throw new LogSuspectError(log, at + 1, "hole")
      const last = batch.at(-1)
      if (last) {
        await sink(batch)
        at = last.pos
        // A sink that never waits must not keep appends and other followers from their turn.
        await new Promise<void>((resolve) => setImmediate(resolve))
      } else await grown
    }
  })()
    .catch(reject)
    .finally(unsubscribe)

  return {
    done,
    async stop() {
      isStopped = true
      wake()
      await running
    },
  }
}
