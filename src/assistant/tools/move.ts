import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const path = z.string().min(1).describe("Relative to the project's root")

export const moveTool = defineTool({
  name: "move",
  description: "Renames or moves a file or a folder. Nothing is overwritten. Imports are not changed: look for them.",
  input: z.object({ from: path, to: path }),
  effect: "writes",
  recovery: "check",
  touches: ({ from, to }) => [
    { kind: "path", path: from, isWrite: true },
    { kind: "path", path: to, isWrite: true },
  ],
  async happened({ from, to }, { services: { workspace } }: ToolCall<ToolServices>) {
    const [isLeft, isThere] = [await workspace.exists(from), await workspace.exists(to)]
    if (isLeft === isThere) return null
    return isThere
  },
  async run({ from, to }, { services: { workspace } }: ToolCall<ToolServices>) {
    const moved = await workspace.move(from, to)
    return textOutcome(`Moved ${moved.from} to ${moved.to}.`, {
      details: moved,
      ledger: [
        { kind: "file", path: moved.from, did: "deleted", hash: null },
        { kind: "file", path: moved.to, did: "created", hash: null },
      ],
    })
  },
})
