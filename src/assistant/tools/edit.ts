import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const editTool = defineTool({
  name: "edit",
  description:
    "Replaces a text in a file by another. `before` must stand there exactly, with its white space, and once: take enough " +
    "lines around it, without line numbers. What was only nearly right is found where that is certain, and said.",
  input: z.object({
    path: z.string().min(1).describe("Relative to the project's root"),
    before: z.string().min(1).describe("What stands there now"),
    after: z.string().describe("What shall stand there"),
    all: z.boolean().default(false).describe("Replace every place where it stands"),
  }),
  effect: "writes",
  recovery: "check",
  touches: ({ path }) => [{ kind: "path", path, isWrite: true }],
  async happened({ path, before, after }, { services: { workspace } }: ToolCall<ToolServices>) {
    const { text } = await workspace.read(path)
    const [isBefore, isAfter] = [text.includes(before), after !== "" && text.includes(after)]
    // Done, it would have left no `before` but one that is part of `after`, and an `after`.
    if (isBefore && !(isAfter && after.includes(before))) return false
    return isAfter ? true : null
  },
  async run({ path, before, after, all }, { services: { workspace } }: ToolCall<ToolServices>) {
    const edited = await workspace.replace(path, before, after, { all })
    const where = edited.lines.length === 1 ? `line ${edited.lines[0]}` : `lines ${edited.lines.join(", ")}`
    const recovered = edited.recovered.length > 0 ? ` Not exactly as given: ${edited.recovered.join(", ")}.` : ""
    return textOutcome(`Edited ${edited.path} at ${where}.${recovered}\n${edited.diff}`, {
      details: { path: edited.path, diff: edited.diff, recovered: edited.recovered },
      ledger: [{ kind: "file", path: edited.path, did: "changed", hash: edited.hash }],
    })
  },
})
