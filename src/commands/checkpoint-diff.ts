import { z } from "zod"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { ChangeRow, changeBlocks } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointDiff = defineCommand({
  name: "checkpoint.diff",
  summary: "Show what changed between two checkpoints, or since one",
  examples: [
    { line: "duck checkpoint diff 12", says: "since checkpoint 12" },
    { line: "duck checkpoint diff 12 14 --path src", says: "between two, in one folder" },
  ],
  input: z.object({
    from: z.string().default("last").describe("Number, id or tag of a checkpoint, or last"),
    to: z.string().optional().describe("The other checkpoint; without it, the files as they are"),
    path: z.array(z.string()).default([]).describe("Only at or under this path; may be given several times"),
    names: z.boolean().default(false).describe("Only which paths changed, not how"),
  }),
  output: z.object({ changes: z.array(ChangeRow) }),
  positionals: ["from", "to"],
  permission: "read",
  timeoutMs: checkpointTimeoutMs,
  run: ({ from, to, path, names }, context) =>
    withCheckpoints(context, async (checkpoints) => ({
      changes: await checkpoints.diff(from, to ?? null, { paths: path, withText: !names, signal: context.signal }),
    })),
  present: ({ changes }) =>
    changes.length === 0 ? [{ kind: "paragraph", text: "Nothing changed.", tone: "quiet" }] : changeBlocks(changes),
})
