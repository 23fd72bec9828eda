import { z } from "zod"
import { count } from "../base/text.ts"
import { FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs, progressOf } from "./indexed.ts"
import { spokenDuration } from "./server-facts.ts"

export const indexRebuild = defineCommand({
  name: "index.rebuild",
  summary: "Drop the index of this project and build it anew",
  description: "The index keeps itself up to date and mends itself; this is for when you do not believe it.",
  examples: [
    { line: "duck index rebuild", says: "with a progress bar" },
    { line: "duck index rebuild --dry-run", says: "what would be done" },
  ],
  input: z.object({ dryRun: z.boolean().default(false).describe("Say what would be built anew, and leave it") }),
  output: z.object({
    root: z.string(),
    isDryRun: z.boolean(),
    /** Files indexed, or that would be. */
    files: z.int(),
    tookMs: z.number(),
    freshness: FreshnessNote,
  }),
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ dryRun }, context) {
    const { host, folder, signal } = context
    const before = await context.project()
    if (dryRun) {
      const freshness = freshnessNote(before.index.freshness())
      return { root: before.root, isDryRun: true, files: freshness.files, tookMs: 0, freshness }
    }
    const startedAt = performance.now()
    const project = await host.projects.rebuild(folder, { signal })
    const stop = project.onProgress((progress) => context.progress(progressOf(progress)))
    try {
      await project.ready(signal)
    } finally {
      stop()
    }
    const freshness = freshnessNote(project.index.freshness())
    const tookMs = Math.round(performance.now() - startedAt)
    return { root: project.root, isDryRun: false, files: freshness.files, tookMs, freshness }
  },
  present: ({ root, isDryRun, files, tookMs, freshness }) => [
    {
      kind: "paragraph",
      text: isDryRun
        ? `Would drop what is known of the ${count(files, "file")} in ${root}, and index them anew.`
        : `Indexed ${count(files, "file")} in ${root} anew, in ${spokenDuration(tookMs)}.`,
    },
    freshnessBlock(freshness),
  ],
})
