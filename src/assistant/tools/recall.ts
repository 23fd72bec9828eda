import { z } from "zod"
import { lineOf } from "../compaction/strategies.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const charsOfAnEntry = 8_000

export const recallTool = defineTool({
  name: "recall",
  description:
    "Reads back the originals of this conversation that were left out for its length: the entries before a number, or " +
    "those with certain words.",
  input: z.object({
    before: z.int().min(1).optional().describe("Entries before this number; without it, the last ones"),
    words: z.string().optional().describe("Only entries with all of these words, in any conversation of this project"),
    limit: z.int().min(1).max(50).default(10),
  }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ before, words, limit }, { services: { rows, conversation } }: ToolCall<ToolServices>) {
    // What a hook withheld never reaches a model.
    const withheld = new Set(conversation.state.withheld)
    if (words !== undefined) {
      const all = rows.search(words, { root: conversation.state.root, limit })
      const found = all.filter(({ entry }) => !withheld.has(entry))
      if (found.length === 0) return textOutcome("Nothing was found.")
      return textOutcome(found.map(({ conversation: { title }, excerpt }) => `${title}: ${excerpt}`).join("\n"))
    }
    const page = rows.page(conversation.id, { limit, ...(before === undefined ? {} : { before }) })
    if (page.entries.length === 0) return textOutcome("There is nothing before that.")
    const told = page.entries
      .filter(({ id }) => !withheld.has(id))
      .map((entry) => `#${entry.n} ${lineOf(entry, charsOfAnEntry)}`)
    const more = page.before === null ? [] : [`(for what came before: before ${page.before})`]
    return textOutcome([...told, ...more].join("\n\n"))
  },
})
