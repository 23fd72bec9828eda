import { z } from "zod"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { defineCommand } from "./command.ts"
import { spokenSize } from "./server-facts.ts"

export const checkpointCompare = defineCommand({
  name: "checkpoint.compare",
  summary: "Count what differs between two checkpoints, or since one",
  examples: [
    { line: "duck checkpoint compare 12 14", says: "how far apart they are" },
    { line: "duck checkpoint compare release", says: "how far the files are from the one tagged release" },
  ],
  input: z.object({
    from: z.string().default("last").describe("Number, id or tag of a checkpoint, or last"),
    to: z.string().optional().describe("The other checkpoint; without it, the files as they are"),
  }),
  output: z.object({
    isEqual: z.boolean(),
    created: z.int(),
    deleted: z.int(),
    changed: z.int(),
    others: z.int(),
    bytesBefore: z.number(),
    bytesAfter: z.number(),
  }),
  positionals: ["from", "to"],
  permission: "read",
  timeoutMs: checkpointTimeoutMs,
  run: ({ from, to }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const counts = await checkpoints.compare(from, to ?? null, { signal: context.signal })
      const { created, deleted, changed, others } = counts
      return { isEqual: created + deleted + changed + others === 0, ...counts }
    }),
  present: ({ isEqual, created, deleted, changed, others, bytesBefore, bytesAfter }) =>
    isEqual
      ? [{ kind: "paragraph", text: "They are equal.", tone: "good" }]
      : [
          {
            kind: "fields",
            entries: [
              ["created", String(created)],
              ["deleted", String(deleted)],
              ["changed", String(changed)],
              ["mode or kind", String(others)],
              ["size of these", `${spokenSize(bytesBefore)}, then ${spokenSize(bytesAfter)}`],
            ],
          },
        ],
})
