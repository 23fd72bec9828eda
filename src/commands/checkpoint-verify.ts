import { z } from "zod"
import { count } from "../base/text.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { CheckpointRow, checkpointRowOf, spokenCheckpoint } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointVerify = defineCommand({
  name: "checkpoint.verify",
  summary: "Read everything that checkpoints hold, and check it",
  examples: [{ line: "duck checkpoint verify", says: "every stored byte against its hash" }],
  input: z.object({}),
  output: z.object({ checked: z.int(), damaged: z.array(CheckpointRow.extend({ why: z.string() })) }),
  permission: "read",
  timeoutMs: checkpointTimeoutMs,
  run: (_input, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const damaged = await checkpoints.verify({ signal: context.signal })
      return {
        checked: checkpoints.history.checkpoints.length,
        damaged: damaged.map(({ checkpoint, why }) => ({ ...checkpointRowOf(checkpoint), why })),
      }
    }),
  present: ({ checked, damaged }) => [
    damaged.length === 0
      ? { kind: "paragraph", text: `${count(checked, "checkpoint")} whole.`, tone: "good" }
      : { kind: "paragraph", text: `Damaged: ${damaged.length} of ${count(checked, "checkpoint")}.`, tone: "bad" },
    ...damaged.map((one) => ({ kind: "paragraph", text: `${spokenCheckpoint(one)}: ${one.why}` }) as const),
  ],
  exitCode: ({ damaged }) => (damaged.length > 0 ? 1 : 0),
})
