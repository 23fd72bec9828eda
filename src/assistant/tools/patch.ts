import { z } from "zod"
import { parsePatch } from "../../workspace/edit/parse-patch.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const patchTool = defineTool({
  name: "patch",
  description:
    "Applies a patch to several files, to all of them or to none: unified diff, or `*** Begin Patch` with `*** Update " +
    "File:`, `*** Add File:`, `*** Delete File:` sections. For one place in one file take `edit`.",
  input: z.object({ patch: z.string().min(1) }),
  effect: "writes",
  recovery: "ask",
  touches: ({ patch }) =>
    parsePatch(patch).flatMap((file) => [
      { kind: "path" as const, path: file.path, isWrite: true },
      ...("moveTo" in file && file.moveTo !== undefined
        ? [{ kind: "path" as const, path: file.moveTo, isWrite: true }]
        : []),
    ]),
  async run({ patch }, { services: { workspace } }: ToolCall<ToolServices>) {
    const files = await workspace.patch(patch)
    const did = { updated: "changed", moved: "changed", added: "created", deleted: "deleted" } as const
    const lines = files.map(({ path, change, movedTo }) => `${change} ${path}${movedTo ? ` to ${movedTo}` : ""}`)
    return textOutcome(`${lines.join("\n")}\n${files.map(({ diff }) => diff).join("")}`, {
      details: { files: files.map(({ path, change, diff }) => ({ path, change, diff })) },
      ledger: files.flatMap(({ path, change, movedTo, hash }) =>
        movedTo === undefined
          ? [{ kind: "file" as const, path, did: did[change], hash }]
          : [
              { kind: "file" as const, path, did: "deleted" as const, hash: null },
              { kind: "file" as const, path: movedTo, did: "created" as const, hash },
            ],
      ),
    })
  },
})
