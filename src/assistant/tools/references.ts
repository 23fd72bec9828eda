import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const mostSites = 200

export const referencesTool = defineTool({
  name: "references",
  description:
    "Finds where a symbol is defined and used: by name (`parse`, `Parser.parse`) or by place (`src/a.ts:12`). Ask this " +
    "before you change what others may use.",
  input: z.object({ target: z.string().min(1) }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ target }, { services: { project }, signal }: ToolCall<ToolServices>) {
    await project.ready(signal)
    const { index } = project
    const definitions = (await index.definitions(target)).items
    const uses = (await index.references(target)).items
    if (definitions.length === 0 && uses.length === 0) return textOutcome(`The index knows no ${target}.`)
    const defined = definitions.map(({ path, startLine, kind, name, signature }) =>
      `${path}:${startLine}\t${kind} ${name} ${signature}`.trimEnd(),
    )
    const used = uses
      .slice(0, mostSites)
      .map(({ path, line, kind, text }) => `${path}:${line}\t${kind}\t${text.trim()}`)
    const more = uses.length > mostSites ? [`(and ${uses.length - mostSites} more)`] : []
    return textOutcome(["Defined:", ...defined, `Used (${uses.length}):`, ...used, ...more].join("\n"))
  },
})
