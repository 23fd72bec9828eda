import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const listTool = defineTool({
  name: "list",
  description:
    "Lists what is in a folder, ignored files too. To find files by name or content take `search` or `files`.",
  input: z.object({ path: z.string().default(".").describe("A folder, relative to the project's root") }),
  effect: "reads",
  recovery: "repeat",
  touches: ({ path }) => [{ kind: "path", path, isWrite: false }],
  async run({ path }, { services: { workspace } }: ToolCall<ToolServices>) {
    const entries = await workspace.list(path)
    const marks = { folder: "/", symlink: "@", file: "", other: "?" } as const
    return textOutcome(
      entries.length === 0 ? `${path} is empty.` : entries.map(({ name, kind }) => `${name}${marks[kind]}`).join("\n"),
    )
  },
})
