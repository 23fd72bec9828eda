import { defineCommand } from "./command.ts"
import { changeJob, jobChangeInput, jobChangeOutput } from "./job-change.ts"

export const jobsRetry = defineCommand({
  name: "jobs.retry",
  summary: "Run a dead or cancelled job again",
  examples: [{ line: "duck jobs retry 01J8ZQ4T8B6GZ4N5W0E2V1K3MX", says: "with all its attempts anew" }],
  input: jobChangeInput,
  output: jobChangeOutput,
  positionals: ["id"],
  permission: "write",
  run: (input, context) => changeJob(input, context, (jobs, id, actor) => jobs.retry(id, actor)),
  present: ({ id, kind, state, isDryRun }) => [
    {
      kind: "paragraph",
      text: isDryRun ? `Would retry ${kind} ${id}, which is ${state}.` : `${kind} ${id} is ${state}.`,
    },
  ],
})
