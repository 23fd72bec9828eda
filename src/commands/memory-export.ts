import { z } from "zod"
import { memoryScopes } from "../assistant/memory/kinds.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { memoryOf, writerOf } from "./memory/reader.ts"
import { ChangeRow, changeRowOf, MemoryRow, rowOf } from "./memory/shapes.ts"

const mostChanges = 10_000

export const memoryExport = defineCommand({
  name: "memory.export",
  summary: "Write out all that is remembered, with its history",
  description: "Also what was forgotten or has expired. Texts that are encrypted at rest are in the clear here.",
  examples: [
    { line: "duck memory export --json > memory.json", says: "everything, with every change and who made it" },
    { line: "duck memory export --scope project", says: "the project's, to read" },
  ],
  input: z.object({
    scope: z.enum(memoryScopes).optional().describe("Only your own, the project's or the team's"),
  }),
  output: z.object({
    /** ISO 8601. */
    exportedAt: z.string(),
    memories: z.array(MemoryRow),
    /** The newest first. */
    changes: z.array(ChangeRow),
  }),
  permission: "read",
  async run({ scope }, context) {
    const [memory, reader] = await Promise.all([memoryOf(context), writerOf(context, scope)])
    const memories = await memory.list(reader, { all: true, ...(scope === undefined ? {} : { scopes: [scope] }) })
    const changes = await memory.changes(reader, mostChanges)
    return {
      exportedAt: new Date(context.host.clock.now()).toISOString(),
      memories: memories.map(rowOf),
      changes: changes.filter((one) => scope === undefined || one.scope === scope).map(changeRowOf),
    }
  },
  present: ({ memories }) =>
    memories.length === 0
      ? [{ kind: "paragraph", text: "Nothing is remembered.", tone: "quiet" }]
      : memoryScopes.flatMap((scope): Block[] => {
          const own = memories.filter((one) => one.scope === scope)
          if (own.length === 0) return []
          return [
            { kind: "heading", text: headings[scope], level: 2 },
            { kind: "list", items: own.map(itemOf) },
          ]
        }),
})

const headings = { user: "Yours", project: "The project's", team: "The team's" } as const

const itemOf = ({ kind, text, state, by, at }: MemoryRow): string =>
  `${literal(text ?? "(encrypted, and its key is gone)")} (${kind}, by the ${by}, ${at.slice(0, 10)}${state === "held" ? "" : `, ${state}`})`
