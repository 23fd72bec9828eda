import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"

export const suggest = defineCommand({
  name: "suggest",
  summary: "Suggest files and symbols for what is typed",
  description: "Editors and `duck chat` complete with it. What begins so comes first, then what has it inside.",
  examples: [{ line: "duck suggest src/co", says: "paths and names" }],
  input: z.object({
    text: z.string().max(500).default("").describe("What is typed so far"),
    limit: z.int().min(1).max(200).default(20).describe("Most of each kind"),
  }),
  output: z.object({
    files: z.array(z.string()),
    symbols: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
  }),
  positionals: ["text"],
  shorts: { limit: "n" },
  permission: "read",
  async run({ text, limit }, context) {
    // Whatever is indexed by now: who types does not wait for the rest.
    const { index } = await context.project()
    const wanted = text.toLowerCase()
    const rankOf = (path: string) => {
      const low = path.toLowerCase()
      if (low.startsWith(wanted)) return 0
      if (low.slice(low.lastIndexOf("/") + 1).startsWith(wanted)) return 1
      return low.includes(wanted) ? 2 : 3
    }
    const ranked = index.files().flatMap((path) => {
      const rank = rankOf(path)
      return rank < 3 ? [{ path, rank }] : []
    })
    ranked.sort((a, b) => a.rank - b.rank)
    const files = ranked.slice(0, limit).map(({ path }) => path)
    if (!/^[\p{L}_$][\p{L}\p{N}_$.]*$/u.test(text)) return { files, symbols: [] }
    const { hits } = await index.search({ text, mode: "symbol", limit }, context.signal)
    return { files, symbols: hits.map(({ name, path, startLine }) => ({ name, path, line: startLine })) }
  },
  present: ({ files, symbols }) => [
    { kind: "list", items: files.map(literal) },
    { kind: "list", items: symbols.map(({ name, path, line }) => literal(`${name} ${path}:${line}`)) },
  ],
})
