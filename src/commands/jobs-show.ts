import { z } from "zod"
import { defineCommand } from "./command.ts"
import { JobRow, jobRowOf, spokenTime } from "./job-shapes.ts"

export const jobsShow = defineCommand({
  name: "jobs.show",
  summary: "Show one job with everything that happened to it",
  examples: [{ line: "duck jobs show 01J8ZQ4T8B6GZ4N5W0E2V1K3MX", says: "its state, its data and its history" }],
  input: z.object({ id: z.string().describe("The id that `duck jobs list` shows") }),
  output: z.object({
    job: JobRow,
    data: z.unknown(),
    result: z.unknown().optional(),
    history: z.array(z.object({ at: z.string(), actor: z.string(), type: z.string(), data: z.unknown() })),
  }),
  positionals: ["id"],
  permission: "read",
  async run({ id }, { host }) {
    const job = await host.fabric().jobs.show(id)
    return {
      job: jobRowOf(job),
      data: job.data,
      ...(job.result === undefined ? {} : { result: job.result }),
      history: job.history.map(({ at, actor, type, data }) => ({ at, actor, type, data })),
    }
  },
  present: ({ job, data, result, history }) => [
    { kind: "heading", text: `${job.kind} (${job.state})` },
    {
      kind: "fields",
      entries: [
        ["id", job.id],
        ["queue", job.queue],
        ["tries", `${job.attempt} of ${job.maxAttempts}`],
        ["enqueued", `${spokenTime(job.enqueuedAt)} UTC by ${job.actor}`],
        ["run at", `${spokenTime(job.runAt)} UTC`],
        ...(job.finishedAt === null ? [] : [["finished", `${spokenTime(job.finishedAt)} UTC`] as const]),
        ...(job.error === null ? [] : [["error", `${job.error.code}: ${job.error.message}`] as const]),
        ...(job.progress === undefined ? [] : [["progress", JSON.stringify(job.progress)] as const]),
        ["data", JSON.stringify(data)],
        ...(result === undefined ? [] : [["result", JSON.stringify(result)] as const]),
      ],
    },
    { kind: "heading", text: "History", level: 2 },
    {
      kind: "table",
      columns: [{ title: "at (UTC)" }, { title: "what" }, { title: "by" }],
      rows: history.map(({ at, type, actor }) => [spokenTime(at), type.replace(/^job\./, ""), actor]),
    },
  ],
})
