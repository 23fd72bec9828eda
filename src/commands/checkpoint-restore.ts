import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { conflictsOf } from "./checkpoint-conflicts.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { ConflictFlags, presentRestore, RestoreAnswer, restoreAnswerOf, restoreExitCode } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointRestore = defineCommand({
  name: "checkpoint.restore",
  summary: "Bring files back to where a checkpoint has them",
  description:
    "All files, or those at the paths given. A checkpoint of the files as they are is made first, so that a restore can be undone. What somebody changed since the last checkpoint is shown and stops it, unless --keep or --force is given.",
  examples: [
    { line: "duck checkpoint restore 12 --dry-run", says: "what would change, with diffs" },
    { line: "duck checkpoint restore 12", says: "everything" },
    { line: "duck checkpoint restore last src/main.ts", says: "one file" },
    { line: "duck checkpoint restore --resume finish", says: "go on with one that was cut off" },
  ],
  input: z.object({
    name: z.string().optional().describe("Number, id or tag of a checkpoint, or last"),
    paths: z.array(z.string()).default([]).describe("Only at or under these"),
    ...ConflictFlags,
    resume: z
      .enum(["finish", "roll-back"])
      .optional()
      .describe("Go on with a restore that was cut off, or take it back"),
  }),
  output: RestoreAnswer,
  positionals: ["name", "paths"],
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  run: ({ name, paths, resume, ...flags }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const actor = context.actor.id
      if ((name === undefined) === (resume === undefined) || (resume !== undefined && flags.dryRun))
        throw new InvalidInputError({
          message: "Name one checkpoint to restore, or give --resume alone.",
          hint: "`duck checkpoint list` shows what there is.",
        })
      if (resume !== undefined) {
        const resumed = await checkpoints.resume(resume, { actor })
        return restoreAnswerOf(resumed ?? { outcome: "nothing", changes: [], left: [], id: null, before: null })
      }
      const how = { actor, paths, ...conflictsOf(flags), signal: context.signal }
      return restoreAnswerOf(await checkpoints.restore(name ?? "", how))
    }),
  present: presentRestore,
  exitCode: restoreExitCode,
})
