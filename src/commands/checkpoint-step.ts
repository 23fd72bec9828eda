import { z } from "zod"
import { conflictsOf } from "./checkpoint-conflicts.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { ConflictFlags, presentRestore, RestoreAnswer, restoreAnswerOf, restoreExitCode } from "./checkpoint-shapes.ts"
import { defineCommand, type Example } from "./command.ts"

/** A command that takes a step back or does it again; they differ in their direction and in what is said of it. */
export const stepCommand = <Name extends string>(spec: {
  readonly name: Name
  readonly direction: "undo" | "redo"
  readonly summary: string
  readonly description: string
  readonly examples: readonly [Example, ...Example[]]
  readonly stepSays: string
}) => {
  const { direction, stepSays, ...named } = spec
  return defineCommand({
    ...named,
    input: z.object({ step: z.string().optional().describe(stepSays), ...ConflictFlags }),
    output: RestoreAnswer,
    positionals: ["step"],
    permission: "write",
    timeoutMs: checkpointTimeoutMs,
    run: ({ step, ...flags }, context) =>
      withCheckpoints(context, async (checkpoints) => {
        const how = { actor: context.actor.id, step, ...conflictsOf(flags), signal: context.signal }
        return restoreAnswerOf(await checkpoints[direction](how))
      }),
    present: presentRestore,
    exitCode: restoreExitCode,
  })
}
