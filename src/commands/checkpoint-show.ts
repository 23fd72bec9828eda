import { z } from "zod"
import { withCheckpoints } from "./checkpoint-project.ts"
import {
  ChangeRow,
  CheckpointRow,
  changeBlocks,
  checkpointRowOf,
  spokenAt,
  spokenCheckpoint,
  Uncovered,
  uncoveredBlocks,
} from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenSize } from "./server-facts.ts"

export const checkpointShow = defineCommand({
  name: "checkpoint.show",
  summary: "Show one checkpoint and what had changed since the one before",
  examples: [
    { line: "duck checkpoint show 12", says: "by its number" },
    { line: "duck checkpoint show last", says: "the newest" },
  ],
  input: z.object({ name: z.string().describe("Number, id or tag of a checkpoint, or last") }),
  output: z.object({
    checkpoint: CheckpointRow,
    meta: z.record(z.string(), z.unknown()),
    uncovered: z.array(Uncovered),
    /** Number of the checkpoint before it; null of the first. */
    since: z.int().nullable(),
    changes: z.array(ChangeRow),
  }),
  positionals: ["name"],
  permission: "read",
  run: ({ name }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const one = checkpoints.find(name)
      const before = checkpoints.history.checkpoints.filter(({ number }) => number < one.number).at(-1)
      const changes = before ? await checkpoints.diff(before.id, one.id, { signal: context.signal }) : []
      const { meta, uncovered } = one
      return { checkpoint: checkpointRowOf(one), meta, uncovered, since: before?.number ?? null, changes }
    }),
  present: ({ checkpoint, meta, uncovered, since, changes }) => [
    { kind: "heading", text: spokenCheckpoint(checkpoint) },
    {
      kind: "fields",
      entries: [
        ["id", checkpoint.id],
        ["made", `${spokenAt(checkpoint)} UTC`],
        ["holds", `${checkpoint.files.toLocaleString("en-US")} files, ${spokenSize(checkpoint.bytes)}`],
        ...(checkpoint.turn === null ? [] : [["turn", literal(checkpoint.turn)] as const]),
        ...Object.entries(meta).map(([key, value]) => [literal(key), literal(JSON.stringify(value))] as const),
      ],
    },
    ...uncoveredBlocks(uncovered, checkpoint.uncoveredCount),
    ...(since === null ? [] : [{ kind: "heading", text: `Since #${since}`, level: 2 } as const]),
    ...(since !== null && changes.length === 0
      ? [{ kind: "paragraph", text: "Nothing had changed.", tone: "quiet" } as const]
      : changeBlocks(changes)),
  ],
})
