import { z } from "zod"
import type { Jobs } from "../fabric/index.ts"
import type { JobState as State } from "../fabric/jobs/job.ts"
import type { CommandContext } from "./context.ts"
import { JobState } from "./job-shapes.ts"

// What the commands that change one job by hand have in common.

export const jobChangeInput = z.object({
  id: z.string().describe("The id that `duck jobs list` shows"),
  dryRun: z.boolean().default(false).describe("Show the job, and leave it"),
})
export const jobChangeOutput = z.object({ id: z.string(), kind: z.string(), state: JobState, isDryRun: z.boolean() })
export type JobChange = z.output<typeof jobChangeOutput>

/** Runs `change`, and later reads of the caller see it; a dry run only looks at the job. */
export async function changeJob(
  { id, dryRun }: z.output<typeof jobChangeInput>,
  { host, actor, saw }: CommandContext,
  change: (jobs: Jobs, id: string, actor: string) => Promise<{ readonly kind: string; readonly state: State }>,
): Promise<JobChange> {
  const { jobs, store } = host.fabric()
  const { kind, state } = dryRun ? await jobs.show(id) : await change(jobs, id, actor.id)
  if (!dryRun) saw("core", store.tip("core").pos)
  return { id, kind, state, isDryRun: dryRun }
}
