import { z } from "zod"
import { abortReason, anySignal } from "../base/signal.ts"
import { count } from "../base/text.ts"
import type { IndexChange } from "../code/code-index.ts"
import { FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock, shortList } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { readyProject } from "./indexed.ts"

export const indexWatch = defineCommand({
  name: "index.watch",
  summary: "Follow the index as files change",
  description: "Ends with Ctrl-C, or after the changes or seconds you name.",
  examples: [
    { line: "duck index watch", says: "until Ctrl-C" },
    { line: "duck index watch --changes 1", says: "until the next change is in the index" },
  ],
  input: z.object({
    changes: z.int().min(0).default(0).describe("End after so many batches of changes; 0: never"),
    seconds: z.number().min(0).max(86_400).default(0).describe("End after so many seconds; 0: never"),
  }),
  output: z.object({ batches: z.array(z.array(z.string())), freshness: FreshnessNote }),
  permission: "read",
  timeoutMs: 0,
  async run({ changes, seconds }, context) {
    const { index, root } = await readyProject(context)
    const enough = new AbortController()
    const batches: string[][] = []
    const failure: { error?: unknown } = {}
    context.progress({ phase: "watch", done: 0, message: `Watching ${root}` })
    const stop = index.subscribe((change: IndexChange) => {
      if (change.kind === "failed") {
        failure.error = change.error
        enough.abort()
      }
      if (change.kind !== "batch") return
      batches.push([...change.paths])
      context.progress({ phase: "watch", done: batches.length, message: `Indexed ${shortList(change.paths)}` })
      if (batches.length === changes) enough.abort()
    })
    try {
      const until = anySignal(
        context.signal,
        enough.signal,
        seconds > 0 ? AbortSignal.timeout(seconds * 1_000) : undefined,
      )
      if (!until.aborted) await new Promise((resolve) => until.addEventListener("abort", resolve, { once: true }))
    } finally {
      stop()
    }
    if (context.signal.aborted) throw abortReason(context.signal)
    if ("error" in failure) throw failure.error
    return { batches, freshness: freshnessNote(index.freshness()) }
  },
  present: ({ batches, freshness }) => [
    { kind: "list", items: batches.map((paths) => `${count(paths.length, "file")}: ${shortList(paths, 5)}`) },
    freshnessBlock(freshness),
  ],
})
