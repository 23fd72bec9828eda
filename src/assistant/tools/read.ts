import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const mostLines = 2_000
const mostChars = 60_000

export const readTool = defineTool({
  name: "read",
  description:
    "Reads lines of a text file, with their numbers. Read a file before you edit it. Long files are read in parts: " +
    "the answer says from which line to go on. Several files can be read side by side in one answer.",
  input: z.object({
    path: z.string().min(1).describe("Relative to the project's root"),
    startLine: z.int().min(1).default(1).describe("First line, from 1"),
    endLine: z.int().min(1).optional().describe("Last line; without it, as many as fit"),
  }),
  effect: "reads",
  recovery: "repeat",
  touches: ({ path }) => [{ kind: "path", path, isWrite: false }],
  async run({ path, startLine, endLine }, { services: { workspace } }: ToolCall<ToolServices>) {
    const last = Math.min(endLine ?? Number.POSITIVE_INFINITY, startLine + mostLines - 1)
    const range = await workspace.readRange(path, { startLine, endLine: last, maxLength: mostChars })
    const file = { kind: "file", path: range.path, did: "read", hash: null } as const
    if (range.text === "") {
      const why = startLine > 1 ? `It has fewer than ${startLine} lines.` : "The file is empty."
      return textOutcome(`${range.path}: ${why}`, { ledger: [file] })
    }
    const lines = range.text.split(/\r\n|\n|\r/)
    if (lines.at(-1) === "") lines.pop()
    const width = String(range.endLine).length
    const numbered = lines.map((line, at) => `${String(range.startLine + at).padStart(width)}\t${line}`).join("\n")
    const isAll = range.isEndOfFile && !range.isTruncated
    const more = isAll || endLine === range.endLine ? "" : `\n(there is more: go on at line ${range.endLine + 1})`
    return textOutcome(`${range.path}\n${numbered}${more}`, { ledger: [file] })
  },
})
