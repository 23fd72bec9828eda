import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { batchEntries } from "./batch/entries.ts"
import { batchId, detailsOf, enqueueAll, freshId, Outcome, workAll } from "./batch/work.ts"
import { offeredCommands } from "./chat/offered.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { workspaceOf } from "./workspace-of.ts"

const State = z.enum(["waiting", "running", "done", "said no", "failed", "cancelled"])

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
    dryRun: z.boolean().default(false).describe("Only show what would be run"),
  }),
  output: z.object({
    id: z.string(),
    done: z.int(),
    failed: z.int(),
    entries: z.array(
      z.object({
        at: z.int(),
        line: z.string(),
        /** Null of a dry run. */
        job: z.string().nullable(),
        state: State,
        outcome: Outcome.nullable(),
      }),
    ),
  }),
  positionals: ["file"],
  permission: "write",
  timeoutMs: 0,
  async run({ file, parallel, fresh, retry, cancel, dryRun }, context) {
    if (cancel && (fresh || retry)) throw new InvalidInputError({ message: "--cancel goes with nothing else." })
    const { text } = await (await workspaceOf(context)).read(file)
    const entries = batchEntries(file, text, await offeredCommands())
    const id = fresh ? freshId() : batchId(context, text)
    if (dryRun) {
      const rows = entries.map(({ at, line }) => ({ at, line, job: null, state: "waiting" as const, outcome: null }))
      return { id, done: 0, failed: 0, entries: rows }
    }
    const { jobs } = context.host.fabric()
    const ids = await enqueueAll(id, entries, context)
    for (const job of await detailsOf(ids, context)) {
      if (cancel && (job.state === "queued" || job.state === "running")) await jobs.cancel(job.id, context.actor.id)
      if (retry && (job.state === "dead" || job.state === "cancelled")) await jobs.retry(job.id, context.actor.id)
    }
    if (!cancel) await workAll(id, ids, parallel, context)
    const rows = (await detailsOf(ids, context)).map((job, at) => {
      const outcome = Outcome.safeParse(job.result).data ?? null
      const gaveUp = job.error ? { exitCode: null, error: { ...job.error }, shown: "", tookMs: 0 } : null
      const { at: row = 0, line = "" } = entries[at] ?? {}
      return { at: row, line, job: job.id, state: stateOf(job.state, outcome), outcome: outcome ?? gaveUp }
    })
    const done = rows.filter(({ state }) => state === "done" || state === "said no").length
    return { id, done, failed: rows.filter(({ state }) => state === "failed").length, entries: rows }
  },
  exitCode: ({ entries }) => (entries.every(({ state }) => state === "done" || state === "waiting") ? 0 : 1),
  present({ done, failed, entries }) {
    const bad = entries.filter(({ outcome }) => outcome?.error)
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
          outcome ? String(outcome.tookMs) : "",
        ]),
      },
      ...(bad.length > 0 ? [{ kind: "heading", text: "Failures", level: 2 } as const] : []),
      ...bad.map(({ line, outcome }) => ({
        kind: "paragraph" as const,
        text: literal(`${line}: ${outcome?.error?.message ?? ""} (${outcome?.error?.code ?? ""})`),
        tone: "warning" as const,
      })),
    ]
  },
})

function stateOf(state: string, outcome: Outcome | null): z.infer<typeof State> {
  if (state === "succeeded") return outcome?.error ? "failed" : outcome?.exitCode === 0 ? "done" : "said no"
  if (state === "dead") return "failed"
  return state === "cancelled" || state === "running" ? state : "waiting"
}
