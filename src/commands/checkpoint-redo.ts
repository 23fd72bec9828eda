import { z } from "zod"
import { conflictsOf } from "./checkpoint-conflicts.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { ConflictFlags, presentRestore, RestoreAnswer, restoreAnswerOf, restoreExitCode } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointRedo = defineCommand({
  name: "checkpoint.redo",
  summary: "Do again what was undone last",
  description: "Until something new is done; older states can always be restored by their checkpoint.",
  examples: [
    { line: "duck checkpoint redo", says: "the step that was undone last" },
    { line: "duck checkpoint redo --dry-run", says: "what would change" },
  ],
  input: z.object({
    step: z.string().optional().describe("Id of a turn or a restore; without it, the last"),
    ...ConflictFlags,
  }),
  output: RestoreAnswer,
  positionals: ["step"],
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  run: ({ step, ...flags }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const how = { actor: context.actor.id, step, ...conflictsOf(flags), signal: context.signal }
      return restoreAnswerOf(await checkpoints.redo(how))
    }),
  present: presentRestore,
  exitCode: restoreExitCode,
})
