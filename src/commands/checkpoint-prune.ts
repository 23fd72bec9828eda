import { z } from "zod"
import { count } from "../base/text.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { CheckpointRow, checkpointRowOf, spokenAt } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenSize } from "./server-facts.ts"

export const checkpointPrune = defineCommand({
  name: "checkpoint.prune",
  summary: "Drop old checkpoints and give their space back",
  description:
    "Tagged checkpoints, the last one and those that a running turn needs are kept always. Without options the standing policy holds: 500 checkpoints, 30 days, 4 GiB.",
  examples: [
    { line: "duck checkpoint prune --dry-run", says: "which would go, and why" },
    { line: "duck checkpoint prune --keep 20", says: "all but the last twenty" },
  ],
  input: z.object({
    keep: z.int().min(1).optional().describe("How many to keep at most"),
    days: z.number().positive().optional().describe("How old they may be, in days"),
    megabytes: z.number().positive().optional().describe("How much they may hold together, before compression"),
    dryRun: z.boolean().default(false).describe("Show which would go, and drop nothing"),
  }),
  output: z.object({
    dropped: z.array(CheckpointRow.extend({ why: z.enum(["count", "age", "size"]) })),
    isDryRun: z.boolean(),
    freedBytes: z.number(),
    storedBytes: z.number(),
  }),
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  run: ({ keep, days, megabytes, dryRun }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const policy = {
        ...(keep === undefined ? {} : { maxCount: keep }),
        ...(days === undefined ? {} : { maxAgeMs: days * 86_400_000 }),
        ...(megabytes === undefined ? {} : { maxBytes: megabytes * 1_000_000 }),
      }
      const { dropped, freedBytes } = await checkpoints.prune({ actor: context.actor.id, policy, dryRun })
      return {
        dropped: dropped.map(({ checkpoint, why }) => ({ ...checkpointRowOf(checkpoint), why })),
        isDryRun: dryRun,
        freedBytes,
        storedBytes: checkpoints.size().storedBytes,
      }
    }),
  present: ({ dropped, isDryRun, freedBytes, storedBytes }) => [
    {
      kind: "paragraph",
      text: isDryRun
        ? `Would drop ${count(dropped.length, "checkpoint")}.`
        : `Dropped ${count(dropped.length, "checkpoint")}, ${spokenSize(freedBytes)} given back; ${spokenSize(storedBytes)} are stored.`,
    },
    ...(dropped.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [{ title: "#", align: "right" }, { title: "made (UTC)" }, { title: "label" }, { title: "by" }],
            rows: dropped.map((row) => [String(row.number), spokenAt(row), literal(row.label), row.why]),
          } as const,
        ]),
  ],
})
