import { z } from "zod"
import { conflictsOf } from "./checkpoint-conflicts.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { ConflictFlags, presentRestore, RestoreAnswer, restoreAnswerOf, restoreExitCode } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointUndo = defineCommand({
  name: "checkpoint.undo",
  summary: "Take back what the last turn or restore did to files",
  description:
    "Only the changes of that step: what else has changed since stays. Undoing is recorded, and can be done again with redo.",
  examples: [
    { line: "duck checkpoint undo", says: "the last turn, whatever it used to change files" },
    { line: "duck checkpoint undo --dry-run", says: "what would change" },
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
      return restoreAnswerOf(await checkpoints.undo(how))
    }),
  present: presentRestore,
  exitCode: restoreExitCode,
})
