import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const outlineTool = defineTool({
  name: "outline",
  description: "Names what a file defines, with lines and signatures: quicker than reading it.",
  input: z.object({ path: z.string().min(1).describe("Relative to the project's root") }),
  effect: "reads",
  recovery: "repeat",
  touches: ({ path }) => [{ kind: "path", path, isWrite: false }],
  async run({ path }, { services: { project, workspace }, signal }: ToolCall<ToolServices>) {
    await project.ready(signal)
    const { path: shown } = await workspace.stat(path)
    const { items } = await project.index.outline(shown)
    if (items.length === 0) return textOutcome(`${shown} defines nothing that the index knows.`)
    const lines = items.map(
      ({ startLine, endLine, kind, within, name, signature }) =>
        `${startLine}-${endLine}\t${"  ".repeat(within.length)}${kind} ${name}${signature === "" ? "" : `: ${signature}`}`,
    )
    return textOutcome(`${shown}\n${lines.join("\n")}`)
  },
})
