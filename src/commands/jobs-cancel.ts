import { defineCommand } from "./command.ts"
import { changeJob, jobChangeInput, jobChangeOutput } from "./job-change.ts"

export const jobsCancel = defineCommand({
  name: "jobs.cancel",
  summary: "Cancel a job",
  description: "One that waits ends at once; one that runs is told, and ends when it has heard.",
  examples: [{ line: "duck jobs cancel 01J8ZQ4T8B6GZ4N5W0E2V1K3MX", says: "it will not run, or not go on" }],
  input: jobChangeInput,
  output: jobChangeOutput,
  positionals: ["id"],
  permission: "write",
  run: (input, context) => changeJob(input, context, (jobs, id, actor) => jobs.cancel(id, actor)),
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
