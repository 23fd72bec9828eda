import { z } from "zod"
import { defineCommand } from "./command.ts"
import { JobState } from "./job-shapes.ts"

export const jobsCancel = defineCommand({
  name: "jobs.cancel",
  summary: "Cancel a job",
  description: "One that waits ends at once; one that runs is told, and ends when it has heard.",
  examples: [{ line: "duck jobs cancel 01J8ZQ4T8B6GZ4N5W0E2V1K3MX", says: "it will not run, or not go on" }],
  input: z.object({
    id: z.string().describe("The id that `duck jobs list` shows"),
    dryRun: z.boolean().default(false).describe("Show the job, and leave it"),
  }),
  output: z.object({ id: z.string(), kind: z.string(), state: JobState, isDryRun: z.boolean() }),
  positionals: ["id"],
  permission: "write",
  async run({ id, dryRun }, { host, actor, saw }) {
    const { jobs, store } = host.fabric()
    const { kind, state } = dryRun ? await jobs.show(id) : await jobs.cancel(id, actor.id)
    if (!dryRun) saw("core", store.tip("core").pos)
    return { id, kind, state, isDryRun: dryRun }
  },
  present: ({ id, kind, state, isDryRun }) => [
    {
      kind: "paragraph",
      text: isDryRun
        ? `Would cancel ${kind} ${id}, which is ${state}.`
        : state === "running"
          ? `${kind} ${id} runs, and has been told to end.`
          : `${kind} ${id} is ${state}.`,
    },
  ],
})
