import { z } from "zod"
import { count } from "../base/text.ts"
import { checkpointTimeoutMs } from "./checkpoint-project.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { applyProposal, proposalsOf } from "./proposal/store.ts"
import { workspaceOf } from "./workspace-of.ts"

export const proposalsApply = defineCommand({
  name: "proposals.apply",
  summary: "Write a proposed change, or some of its hunks",
  description:
    "All of it or nothing: where a file is no longer what it was when the change was made, nothing is written. A checkpoint is made before and after.",
  examples: [
    { line: "duck proposals apply", says: "the newest" },
    { line: "duck proposals apply 4f7k2m --hunks 1,3", says: "two hunks of one" },
  ],
  input: z.object({
    id: z.string().default("last").describe("Its id or the end of it; `last` is the newest"),
    hunks: z
      .string()
      .regex(/^\d+(?:\s*,\s*\d+)*$/, "numbers with commas between, such as 1,3")
      .optional()
      .describe("Numbers of the hunks to take, with commas between; without it all"),
    dryRun: z.boolean().default(false).describe("Say what would be written and whether it still fits"),
  }),
  output: z.object({
    paths: z.array(z.string()),
    /** Number of the checkpoint with the files as they were before; null of a dry run. */
    before: z.int().nullable(),
    /** Of a dry run: files that are no longer what they were, so that nothing would be written. */
    changed: z.array(z.string()),
  }),
  positionals: ["id"],
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  async run({ id, hunks, dryRun }, context) {
    const chosen = hunks?.split(",").map(Number)
    if (!dryRun) {
      const { paths, before } = await applyProposal(id, chosen, context)
      return { paths: [...paths], before: before.number, changed: [] }
    }
    const [proposals, workspace] = await Promise.all([proposalsOf(context), workspaceOf(context)])
    const { paths, changed } = await proposals.preview(id, { workspace, hunks: chosen })
    return { paths: [...paths], before: null, changed: [...changed] }
  },
  present: ({ paths, before, changed }) => [
    {
      kind: "paragraph",
      text: `${before === null ? "Would write" : "Written"}: ${count(paths.length, "path")}.`,
      ...(before === null ? {} : { tone: "good" }),
    },
    { kind: "list", items: paths.map(literal) },
    ...(changed.length > 0
      ? [
          {
            kind: "paragraph",
            text: `Nothing would be written: ${changed.map(literal).join(", ")} changed since. Ask for the change again.`,
            tone: "warning",
          } as const,
        ]
      : []),
    ...(before === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `\`duck checkpoint undo\` takes it back (checkpoint ${before} has what was before).`,
            tone: "quiet",
          } as const,
        ]),
  ],
  exitCode: ({ changed }) => (changed.length > 0 ? 1 : 0),
})
