import { z } from "zod"
import { FileNotFoundError } from "../../workspace/errors.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const writeTool = defineTool({
  name: "write",
  description:
    "Writes a whole file, new or in place of what it was; folders are made. To change a part of a file take `edit`: it is " +
    "shorter and safer. A file that exists must have been read in this conversation.",
  input: z.object({
    path: z.string().min(1).describe("Relative to the project's root"),
    content: z.string().describe("All of the file, with its last line break"),
  }),
  effect: "writes",
  recovery: "check",
  touches: ({ path }) => [{ kind: "path", path, isWrite: true }],
  async happened({ path, content }, { services: { workspace } }: ToolCall<ToolServices>) {
    try {
      return (await workspace.read(path)).text === content
    } catch (error) {
      if (error instanceof FileNotFoundError) return false
      throw error
    }
  },
  async run({ path, content }, { services: { workspace, conversation } }: ToolCall<ToolServices>) {
    const isThere = await workspace.exists(path)
    if (isThere) {
      const { path: shown } = await workspace.stat(path)
      if (!conversation.state.ledger.files[shown]) {
        return textOutcome(`${shown} exists and was not read in this conversation. Read it first, then write it.`, {
          isError: true,
        })
      }
    }
    const written = await workspace.write(path, content)
    const lines = content === "" ? 0 : content.split("\n").length - (content.endsWith("\n") ? 1 : 0)
    return textOutcome(`${written.isNew ? "Created" : "Wrote"} ${written.path}: ${lines} lines.`, {
      details: { path: written.path, isNew: written.isNew, sizeBytes: written.sizeBytes },
      ledger: [{ kind: "file", path: written.path, did: written.isNew ? "created" : "changed", hash: written.hash }],
    })
  },
})
