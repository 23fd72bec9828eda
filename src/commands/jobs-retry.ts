import { z } from "zod"
import { defineCommand } from "./command.ts"
import { JobState } from "./job-shapes.ts"

export const jobsRetry = defineCommand({
  name: "jobs.retry",
  summary: "Run a dead or cancelled job again",
  examples: [{ line: "duck jobs retry 01J8ZQ4T8B6GZ4N5W0E2V1K3MX", says: "with all its attempts anew" }],
  input: z.object({
    id: z.string().describe("The id that `duck jobs list` shows"),
    dryRun: z.boolean().default(false).describe("Show the job, and leave it"),
  }),
  output: z.object({ id: z.string(), kind: z.string(), state: JobState, isDryRun: z.boolean() }),
  positionals: ["id"],
  permission: "write",
  async run({ id, dryRun }, { host, actor, saw }) {
    const { jobs, store } = host.fabric()
    const { kind, state } = dryRun ? await jobs.show(id) : await jobs.retry(id, actor.id)
    if (!dryRun) saw("core", store.tip("core").pos)
    return { id, kind, state, isDryRun: dryRun }
  },
  present: ({ id, kind, state, isDryRun }) => [
    {
      kind: "paragraph",
      text: isDryRun ? `Would retry ${kind} ${id}, which is ${state}.` : `${kind} ${id} is ${state}.`,
    },
  ],
})
