import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { JobDetails } from "../fabric/jobs/jobs.ts"
import { type BatchEntry, batchEntries } from "./batch/entries.ts"
import { Row, rowOf } from "./batch/row.ts"
import { batchId, detailsOf, enqueueAll, enqueuedBefore, freshId, workAll } from "./batch/work.ts"
import { offeredCommands } from "./chat/offered.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { workspaceOf } from "./workspace-of.ts"

export const batch = defineCommand({
  name: "batch",
  summary: "Run a list of commands as jobs, side by side, with a report",
  description:
    "Each is a job under your own permission. After Ctrl+C, a crash or a restart the same list goes on where it was: what is " +
    "done is not run again, what was cut off is if it only reads. `--json` or `--format markdown` gives the report.",
  examples: [
    { line: "duck batch todo.md", says: 'runs each item: "- [ ] duck explain src/a.ts"' },
    { line: "duck batch work.jsonl --parallel 4 --format markdown", says: "four at a time, with a report to keep" },
    { line: "duck batch todo.md --cancel", says: "ends what waits and what runs" },
  ],
  input: z.object({
    file: z.string().min(1).max(4_096).describe("The list: Markdown items, or JSONL with line or command and input"),
    parallel: z.int().min(1).max(16).default(2).describe("So many at a time"),
    fresh: z.boolean().default(false).describe("Run all of it anew, whatever is done"),
    retry: z.boolean().default(false).describe("Run again what was cancelled or given up"),
    cancel: z.boolean().default(false).describe("Cancel what is not finished, and run nothing"),
    dryRun: z.boolean().default(false).describe("Only show the list and what is done of it"),
  }),
  output: z.object({ id: z.string(), done: z.int(), failed: z.int(), entries: z.array(Row) }),
  positionals: ["file"],
  permission: "write",
  timeoutMs: 0,
  async run({ file, parallel, fresh, retry, cancel, dryRun }, context) {
    if (cancel && (fresh || retry)) throw new InvalidInputError({ message: "--cancel goes with nothing else." })
    const { text } = await (await workspaceOf(context)).read(file)
    const entries = batchEntries(file, text, await offeredCommands())
    const id = fresh ? freshId() : batchId(context, text)
    if (dryRun) return reportOf(id, entries, await enqueuedBefore(id, entries, context))
    const { jobs } = context.host.fabric()
    const ids = await enqueueAll(id, entries, context)
    for (const job of await detailsOf(ids, context)) {
      if (cancel && (job.state === "queued" || job.state === "running")) await jobs.cancel(job.id, context.actor.id)
      if (retry && (job.state === "dead" || job.state === "cancelled")) await jobs.retry(job.id, context.actor.id)
    }
    if (!cancel) await workAll(id, ids, parallel, context)
    return reportOf(id, entries, await detailsOf(ids, context))
  },
  exitCode: ({ entries }) => (entries.every(({ state }) => state === "done" || state === "waiting") ? 0 : 1),
  present({ done, failed, entries }) {
    const bad = entries.filter(({ outcome }) => outcome?.error)
    const isLeft = entries.some(({ state }) => state === "given up" || state === "cancelled")
    return [
      { kind: "heading", text: `${done} of ${count(entries.length, "command")} done, ${failed} failed` },
      {
        kind: "table",
        columns: [
          { title: "line", align: "right" },
          { title: "state" },
          { title: "command" },
          { title: "ms", align: "right" },
        ],
        rows: entries.map(({ at, line, state, outcome }) => [
          String(at),
          state,
          literal(line),
          outcome?.tookMs == null ? "" : String(outcome.tookMs),
        ]),
      },
      ...(bad.length > 0 ? [{ kind: "heading", text: "Failures", level: 2 } as const] : []),
      ...bad.map(({ line, outcome }) => ({
        kind: "paragraph" as const,
        text: literal(`${line}: ${outcome?.error?.message ?? ""} (${outcome?.error?.code ?? ""})`),
        tone: "warning" as const,
      })),
      ...(isLeft
        ? [{ kind: "paragraph" as const, text: "Again with `--retry` runs what was cancelled or given up." }]
        : []),
    ]
  },
})

function reportOf(id: string, entries: readonly BatchEntry[], jobs: readonly (JobDetails | undefined)[]) {
  const rows = entries.map((entry, at) => rowOf(entry, jobs[at]))
  const count = (...states: readonly Row["state"][]) => rows.filter(({ state }) => states.includes(state)).length
  return { id, done: count("done", "said no"), failed: count("failed", "given up"), entries: rows }
}
