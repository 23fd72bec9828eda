import { z } from "zod"
import { memoryScopes } from "../assistant/memory/kinds.ts"
import { defineCommand } from "./command.ts"
import { memoryOf, writerOf } from "./memory/reader.ts"
import { MemoryRow, memoryTable, rowOf } from "./memory/shapes.ts"

const part = z.number().min(0).max(1)

export const memorySearch = defineCommand({
  name: "memory.search",
  summary: "Find what is remembered about some words",
  description:
    "With any of the words, in any of their forms; the best first, by relevance, age, frequency and confidence.",
  examples: [
    { line: "duck memory search deployment", says: "what is remembered about it" },
    { line: "duck memory search how do we test --why", says: "with the reasons for the order" },
  ],
  input: z.object({
    words: z.string().trim().min(1).max(1_000).describe("Words to look for"),
    scope: z.enum(memoryScopes).optional().describe("Only your own, the project's or the team's"),
    all: z.boolean().default(false).describe("Also what was forgotten or has expired"),
    limit: z.int().min(1).max(200).default(20).describe("Most memories"),
    why: z.boolean().default(false).describe("Show why each was found"),
  }),
  output: z.object({
    found: z.array(
      z.object({
        memory: MemoryRow,
        score: z.number(),
        why: z.object({
          relevance: part,
          recency: part,
          frequency: part,
          confidence: part,
          /** The words that it was found by. */
          words: z.array(z.string()),
        }),
      }),
    ),
    showsWhy: z.boolean(),
  }),
  positionals: ["words"],
  takesRest: true,
  shorts: { limit: "n", all: "a" },
  permission: "read",
  async run({ words, scope, all, limit, why: showsWhy }, context) {
    const [memory, reader] = await Promise.all([memoryOf(context), writerOf(context, scope)])
    const found = await memory.search(reader, words, { all, ...(scope === undefined ? {} : { scopes: [scope] }) })
    const shown = found.slice(0, limit)
    return {
      found: shown.map(({ memory: one, score, why }) => ({
        memory: rowOf(one),
        score,
        why: { ...why, words: [...why.words] },
      })),
      showsWhy,
    }
  },
  present: ({ found, showsWhy }) =>
    found.length === 0
      ? [{ kind: "paragraph", text: "Nothing is remembered about that.", tone: "quiet" }]
      : [
          memoryTable(found.map(({ memory }) => memory)),
          ...(showsWhy
            ? [
                {
                  kind: "list",
                  items: found.map(
                    ({ memory, score, why }) =>
                      `\`${memory.id.slice(-8)}\` ${score.toFixed(2)}: ${why.words.join(", ")}; relevance ${why.relevance.toFixed(2)}, recency ${why.recency.toFixed(2)}, frequency ${why.frequency.toFixed(2)}, confidence ${why.confidence.toFixed(2)}`,
                  ),
                } as const,
              ]
            : []),
        ],
  exitCode: ({ found }) => (found.length > 0 ? 0 : 1),
})
