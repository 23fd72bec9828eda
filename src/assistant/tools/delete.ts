import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const deleteTool = defineTool({
  name: "delete",
  description: "Deletes a file, a link, or a folder with all that is in it. Checkpoints can bring it back.",
  input: z.object({ path: z.string().min(1).describe("Relative to the project's root") }),
  effect: "writes",
  recovery: "check",
  touches: ({ path }) => [{ kind: "path", path, isWrite: true }],
  // A folder that is there may have been deleted in part: deleting the rest is what was meant.
  happened: async ({ path }, { services: { workspace } }: ToolCall<ToolServices>) => !(await workspace.exists(path)),
  async run({ path }, { services: { workspace } }: ToolCall<ToolServices>) {
    const removed = await workspace.remove(path)
    return textOutcome(`Deleted ${removed.path} (${removed.kind}).`, {
      details: removed,
      ledger: [{ kind: "file", path: removed.path, did: "deleted", hash: null }],
    })
  },
})
