import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { memoryOf, sawWritten, writerOf } from "./memory/reader.ts"
import { MemoryRow, memoryTable, rowOf } from "./memory/shapes.ts"

export const memoryForget = defineCommand({
  name: "memory.forget",
  summary: "Forget what is remembered",
  description:
    "No conversation is told it any more. Forgetting is recorded and can be undone; the log keeps what was said.",
  examples: [
    { line: "duck memory forget V1K3MX9A", says: "one, by the end of its id" },
    { line: "duck memory forget V1K3MX9A 0E2V1K3M --why 'We moved to pnpm'", says: "two, with a reason" },
  ],
  input: z.object({
    ids: z.array(z.string().min(1)).min(1).describe("Ids that `duck memory list` shows"),
    why: z.string().max(500).default("").describe("A reason, for whoever looks back"),
    dryRun: z.boolean().default(false).describe("Show what would be forgotten, and keep it"),
  }),
  output: z.object({ memories: z.array(MemoryRow), isDryRun: z.boolean() }),
  positionals: ["ids"],
  permission: "write",
  async run({ ids: [first, ...rest], why, dryRun }, context) {
    if (first === undefined) throw new InvalidInputError({ message: "Say which memory: its id." })
    const [memory, writer] = await Promise.all([memoryOf(context), writerOf(context)])
    if (dryRun) {
      const meant = await Promise.all([first, ...rest].map((id) => memory.find(writer, id)))
      return { memories: meant.map(rowOf), isDryRun: true }
    }
    const written = await memory.forget(writer, [first, ...rest], why)
    sawWritten(context, written)
    return { memories: written.flatMap(({ memories }) => memories.map(rowOf)), isDryRun: false }
  },
  present: ({ memories, isDryRun }) => [
    {
      kind: "paragraph",
      text: isDryRun
        ? `Would forget ${count(memories.length, "memory", "memories")}.`
        : `Forgot ${count(memories.length, "memory", "memories")}. \`duck memory undo\` takes that back.`,
    },
    memoryTable(memories),
  ],
})
