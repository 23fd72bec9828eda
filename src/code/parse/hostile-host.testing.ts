import { existsSync, writeFileSync } from "node:fs"
import type { HostReply, HostTask } from "./work-messages.ts"

/**
 * A parser process to which happens what its files say: it ends each time ("always"), or once ("once:" and a file that
 * says it has).
 */
process.on("disconnect", () => process.exit())
process.on("message", (tasks: readonly HostTask[]) => {
  const results: HostReply = []
  for (const { id, file } of tasks) {
    const text = file.text ?? ""
    const once = /once:(\S+)/.exec(text)?.[1]
    if (once !== undefined && !existsSync(once)) {
      writeFileSync(once, "")
      process.kill(process.pid, "SIGKILL")
    }
    if (text.includes("always")) process.kill(process.pid, "SIGKILL")
    results.push({ id, parsed: null })
  }
  process.send?.(results)
})
process.send?.([])
