import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { JobRow, JobState, jobRowOf, spokenTime } from "./job-shapes.ts"

export const jobsList = defineCommand({
  name: "jobs.list",
  summary: "List background jobs, the newest first",
  examples: [
    { line: "duck jobs list", says: "the latest jobs" },
    { line: "duck jobs list --state dead", says: "those that failed for good" },
  ],
  input: z.object({
    state: z
      .enum([...JobState.options, "scheduled"])
      .optional()
      .describe("Only jobs in this state"),
    queue: z.string().optional().describe("Only jobs of this queue"),
    kind: z.string().optional().describe("Only jobs of this kind"),
    limit: z.int().min(1).max(1_000).default(50).describe("Most jobs"),
    before: z.string().optional().describe("Id of a job: only older ones, for the next page"),
  }),
  output: z.object({
    jobs: z.array(JobRow),
    /** How long finished jobs stay in the list. */
    kept: z.object({ days: z.int(), newest: z.int() }),
  }),
  shorts: { limit: "n" },
  permission: "read",
  async run(filter, { host }) {
    const { jobs } = host.fabric()
    return { jobs: (await jobs.list(filter)).map(jobRowOf), kept: { ...jobs.kept } }
  },
  present: ({ jobs, kept }) =>
    jobs.length === 0
      ? [{ kind: "paragraph", text: "There are no such jobs.", tone: "quiet" }]
      : [
          {
            kind: "table",
            columns: [
              { title: "id" },
              { title: "queue" },
              { title: "kind" },
              { title: "state" },
              { title: "tries", align: "right" },
              { title: "enqueued (UTC)" },
              { title: "" },
            ],
            rows: jobs.map(({ id, queue, kind, state, attempt, maxAttempts, enqueuedAt, error }) => [
              id,
              queue,
              kind,
              state,
              `${attempt}/${maxAttempts}`,
              spokenTime(enqueuedAt),
              error?.message ?? "",
            ]),
          },
          {
            kind: "paragraph",
            text: `Finished jobs are listed for ${count(kept.days, "day")}, the newest ${kept.newest.toLocaleString("en-US")} of them.`,
            tone: "quiet",
          },
        ],
})
