import { z } from "zod"
import { defineCommand } from "./command.ts"
import { memoryOf, sawWritten, writerOf } from "./memory/reader.ts"
import { MemoryRow, memoryTable, rowOf } from "./memory/shapes.ts"

export const memoryUndo = defineCommand({
  name: "memory.undo",
  summary: "Take back the last change of what is remembered",
  description:
    "Whatever it was: something that you or the assistant remembered for you, or something that was forgotten. Undoing is " +
    "recorded as well: to undo it, name its memory or its id.",
  examples: [
    { line: "duck memory undo", says: "your last change; once more: the one before" },
    { line: "duck memory undo V1K3MX9A", says: "the last change of this memory; once more: do it again" },
  ],
  input: z.object({
    id: z.string().min(1).optional().describe("A memory, or a change; without it, your last change"),
    dryRun: z.boolean().default(false).describe("Show what would be taken back, and leave it"),
  }),
  output: z.object({
    /** What was taken back; null where there was nothing. */
    undone: z.object({ id: z.string(), kind: z.enum(["added", "confirmed", "forgotten", "undone"]) }).nullable(),
    /** As they are now. */
    memories: z.array(MemoryRow),
    isDryRun: z.boolean(),
  }),
  positionals: ["id"],
  permission: "write",
  async run({ id, dryRun }, context) {
    const [memory, writer] = await Promise.all([memoryOf(context), writerOf(context)])
    const change = await memory.undoable(writer, id)
    if (!change) return { undone: null, memories: [], isDryRun: dryRun }
    const undone = { id: change.id, kind: change.kind }
    if (dryRun) {
      const memories = await Promise.all(change.memories.map((one) => memory.find(writer, one)))
      return { undone, memories: memories.map(rowOf), isDryRun: true }
    }
    const written = await memory.undo(writer, change.id)
    if (written) sawWritten(context, [written])
    return { undone, memories: (written?.memories ?? []).map(rowOf), isDryRun: false }
  },
  present: ({ undone, memories, isDryRun }) =>
    undone === null
      ? [{ kind: "paragraph", text: "There is nothing to take back.", tone: "quiet" }]
      : [
          {
            kind: "paragraph",
            text: `${isDryRun ? "Would take back" : "Took back"} that it was ${undone.kind}:`,
          },
          memoryTable(memories),
        ],
  exitCode: ({ undone }) => (undone === null ? 1 : 0),
})
