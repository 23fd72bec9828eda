import { z } from "zod"
import { withCheckpoints } from "./checkpoint-project.ts"
import { CheckpointRow, checkpointRowOf, spokenAt } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenSize } from "./server-facts.ts"

export const checkpointList = defineCommand({
  name: "checkpoint.list",
  summary: "List the checkpoints of this project, the newest first",
  examples: [
    { line: "duck checkpoint list", says: "the latest, and what can be undone" },
    { line: "duck checkpoint list --tagged", says: "those with a name of their own" },
  ],
  input: z.object({
    tagged: z.boolean().default(false).describe("Only those with a tag"),
    limit: z.int().min(1).max(10_000).default(30).describe("Most checkpoints"),
    before: z.int().min(1).optional().describe("Number of a checkpoint: only older ones, for the next page"),
  }),
  output: z.object({
    checkpoints: z.array(CheckpointRow),
    total: z.int(),
    /** What `undo` and `redo` would do next. */
    undo: z.string().nullable(),
    redo: z.string().nullable(),
    /** A restore that was cut off half-way. */
    pending: z.string().nullable(),
    storedBytes: z.number(),
  }),
  shorts: { limit: "n" },
  permission: "read",
  run: ({ tagged, limit, before }, context) =>
    withCheckpoints(context, async ({ history, size }) => {
      const wanted = history.checkpoints.filter(
        ({ tag, number }) => (!tagged || tag !== null) && (before === undefined || number < before),
      )
      const rows = wanted.slice(-limit).toReversed().map(checkpointRowOf)
      return {
        checkpoints: rows,
        total: history.checkpoints.length,
        undo: history.done.at(-1)?.label ?? null,
        redo: history.undone.at(-1)?.label ?? null,
        pending: history.pending?.label ?? null,
        storedBytes: size().storedBytes,
      }
    }),
  present: ({ checkpoints, total, undo, redo, pending, storedBytes }) => [
    ...(pending === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `The ${literal(pending)} was cut off half-way: \`duck checkpoint restore --resume finish\` or \`--resume roll-back\`.`,
            tone: "bad",
          } as const,
        ]),
    ...(checkpoints.length === 0
      ? [{ kind: "paragraph", text: "There are no such checkpoints.", tone: "quiet" } as const]
      : [
          {
            kind: "table",
            columns: [
              { title: "#", align: "right" },
              { title: "made (UTC)" },
              { title: "label" },
              { title: "tag" },
              { title: "files", align: "right" },
              { title: "not covered", align: "right" },
            ],
            rows: checkpoints.map((row) => [
              String(row.number),
              spokenAt(row),
              literal(row.label),
              literal(row.tag ?? ""),
              row.files.toLocaleString("en-US"),
              row.uncoveredCount === 0 ? "" : String(row.uncoveredCount),
            ]),
          } as const,
        ]),
    {
      kind: "fields",
      entries: [
        ["in all", `${total}, ${spokenSize(storedBytes)} stored`],
        ...(undo === null ? [] : [["undo", `takes back: ${literal(undo)}`] as const]),
        ...(redo === null ? [] : [["redo", `does again: ${literal(redo)}`] as const]),
      ],
    },
  ],
})
