import { asDuckError } from "../../base/errors.ts"
import { parserPool } from "./parser-pool.ts"
import type { HostReply, HostTask } from "./work-messages.ts"

/**
 * The program of the parser's process: a pool of threads behind an IPC channel. This thread only hands over, so it hears
 * at once when whoever started it is gone, and ends, whatever its threads are at.
 */
const pool = parserPool({ size: Number(process.argv[2]), idleMs: 60_000 })
let finished: HostReply = []

process.on("disconnect", () => process.exit())
process.on("message", (tasks: readonly HostTask[]) => {
  for (const { id, want, file } of tasks) {
    const work =
      want === "parsed"
        ? pool.parse(file).then((parsed) => ({ id, parsed }))
        : want === "analysed"
          ? pool.analyse(file).then((analysed) => ({ id, analysed }))
          : pool.examine(file).then((examined) => ({ id, examined }))
    void work.catch((error) => ({ id, error: asDuckError(error).toJSON() })).then(reply)
  }
})

// What the threads finish in one turn of the event loop travels together.
function reply(result: HostReply[number]): void {
  if (finished.push(result) > 1) return
  setImmediate(() => {
    const results = finished
    finished = []
    process.send?.(results)
  })
}

// An empty answer says that it has started.
process.send?.([])
