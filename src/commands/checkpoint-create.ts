import { z } from "zod"
import { count } from "../base/text.ts"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { CheckpointRow, checkpointRowOf, spokenCheckpoint, Uncovered, uncoveredBlocks } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"
import { spokenSize } from "./server-facts.ts"

export const checkpointCreate = defineCommand({
  name: "checkpoint.create",
  summary: "Record all files of this project as they are now",
  description:
    "Tracked, untracked, ignored and binary files, modes, links and empty folders; git is neither needed nor touched. What is not covered (very large files and folders of dependencies) is named.",
  examples: [
    { line: 'duck checkpoint create "before the rewrite"', says: "with a label to find it by" },
    { line: "duck checkpoint create --dry-run", says: "what would be covered, and what not" },
  ],
  input: z.object({
    label: z.string().max(500).default("").describe("What to call it"),
    tag: z.string().max(100).optional().describe("A name of its own, by which it is kept and found"),
    dryRun: z.boolean().default(false).describe("Say what would be covered, and record nothing"),
  }),
  output: z.object({
    /** Null of a dry run. */
    checkpoint: CheckpointRow.nullable(),
    files: z.int(),
    bytes: z.number(),
    uncovered: z.array(Uncovered),
    uncoveredCount: z.int(),
    /** Files that were being written while they were read. */
    changing: z.array(z.string()),
  }),
  positionals: ["label"],
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  run: ({ label, tag, dryRun }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      const by = { actor: context.actor.id, signal: context.signal }
      const made = dryRun ? null : await checkpoints.create(label || "by hand", by)
      const { files, bytes, uncovered, uncoveredCount, changing } = made ?? (await checkpoints.look(by))
      const tagged = made && tag !== undefined ? await checkpoints.tag(made.id, tag, by) : made
      return {
        checkpoint: tagged && checkpointRowOf(tagged),
        ...{ files, bytes, uncoveredCount, uncovered: [...uncovered], changing: [...changing] },
      }
    }),
  present: ({ checkpoint, files, bytes, uncovered, uncoveredCount, changing }) => [
    {
      kind: "paragraph",
      text: `${checkpoint ? `Checkpoint ${spokenCheckpoint(checkpoint)}` : "A checkpoint would have"}: ${count(files, "file")}, ${spokenSize(bytes)}.`,
    },
    ...uncoveredBlocks(uncovered, uncoveredCount),
    ...(changing.length > 0
      ? [
          {
            kind: "paragraph",
            text: `Written while they were read, so perhaps neither old nor new: ${count(changing.length, "file")}.`,
            tone: "warning",
          } as const,
          { kind: "list", items: changing.map((path) => `\`${path}\``) } as const,
        ]
      : []),
  ],
})
