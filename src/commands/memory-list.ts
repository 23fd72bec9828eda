import { z } from "zod"
import { memoryKinds, memoryScopes, patternKinds } from "../assistant/memory/kinds.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { memoryOf, writerOf } from "./memory/reader.ts"
import { MemoryRow, memoryTable, rowOf } from "./memory/shapes.ts"

export const memoryList = defineCommand({
  name: "memory.list",
  summary: "List what is remembered, by whoever it was written",
  description:
    "Your own memories, the project's and the team's; with what was drawn by rule from the project's recent conversations.",
  examples: [
    { line: "duck memory list", says: "everything that new conversations here may be told" },
    { line: "duck memory list --scope project --tier middle", says: "what recent conversations have in common" },
    { line: "duck memory list --all", says: "also what was forgotten or has expired" },
  ],
  input: z.object({
    scope: z.enum(memoryScopes).optional().describe("Only your own, the project's or the team's"),
    tier: z.enum(["long", "middle"]).optional().describe("long: what someone wanted remembered; middle: drawn by rule"),
    kind: z
      .enum([...memoryKinds, ...patternKinds])
      .optional()
      .describe("Only of this kind"),
    all: z.boolean().default(false).describe("Also what was forgotten or has expired"),
    limit: z.int().min(1).max(10_000).default(200).describe("Most memories, the latest"),
  }),
  output: z.object({ memories: z.array(MemoryRow), total: z.int() }),
  shorts: { limit: "n", all: "a" },
  permission: "read",
  async run({ scope, tier, kind, all, limit }, context) {
    const [memory, reader] = await Promise.all([memoryOf(context), writerOf(context, scope)])
    const found = await memory.list(reader, { all, ...(scope === undefined ? {} : { scopes: [scope] }) })
    const wanted = found.filter(
      (one) => (tier === undefined || one.tier === tier) && (kind === undefined || one.kind === kind),
    )
    const latest = wanted.toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0)).slice(0, limit)
    return { memories: latest.map(rowOf), total: wanted.length }
  },
  present: ({ memories, total }) =>
    total === 0
      ? [{ kind: "paragraph", text: "Nothing is remembered.", tone: "quiet" }]
      : [
          memoryTable(memories),
          {
            kind: "paragraph",
            text: `${memories.length < total ? `The latest ${memories.length} of ${count(total, "memory", "memories")}` : count(total, "memory", "memories")}. \`duck memory forget <id>\` takes one out, \`duck memory undo\` takes the last change back.`,
            tone: "quiet",
          },
        ],
})
