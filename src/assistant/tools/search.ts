import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const linesOfAHit = 12

export const searchTool = defineTool({
  name: "search",
  description:
    "Searches the project's index: by words and names as they come (hybrid), an exact text, a regular expression, or " +
    'symbol names. Filters may stand in the query: `path:src/ lang:go kind:function changed:7d "exact phrase"`.',
  input: z.object({
    query: z.string().min(1),
    mode: z.enum(["hybrid", "text", "regex", "symbol"]).default("hybrid"),
    limit: z.int().min(1).max(50).default(10),
  }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ query, mode, limit }, { services: { project }, signal }: ToolCall<ToolServices>) {
    await project.ready(signal)
    const { hits, nearest, freshness } = await project.index.search({ text: query, mode, limit }, signal)
    const stale = freshness.isComplete ? [] : ["(the index is still being brought up to date)"]
    if (hits.length === 0) {
      const near = nearest.map(({ name, path, line }) => `${name} (${path}:${line})`).join(", ")
      return textOutcome([`Nothing was found.${near === "" ? "" : ` Near: ${near}`}`, ...stale].join("\n"))
    }
    const shown = hits.map(({ path, name, text, textLine, matches }) => {
      const first = Math.max(textLine, (matches[0] ?? textLine) - 3)
      const lines = text.split("\n").slice(first - textLine, first - textLine + linesOfAHit)
      const numbered = lines.map((line, at) => `${first + at}\t${line}`).join("\n")
      return `${path}:${first}${name === "" ? "" : ` ${name}`}\n${numbered}`
    })
    return textOutcome([...shown, ...stale].join("\n\n"))
  },
})
