import { z } from "zod"
import { checkpointTimeoutMs, withCheckpoints } from "./checkpoint-project.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { rulesOf } from "./rules/shapes.ts"

export const rulesRollback = defineCommand({
  name: "rules.rollback",
  summary: "Bring a file of rules back to what it was before a change",
  description:
    "Shows the difference; --yes writes it, after a checkpoint of the project. What the file holds now is kept too, so that " +
    "a rollback can be rolled back.",
  examples: [
    { line: "duck rules rollback tests-first", says: "what going back before its last change would do" },
    { line: "duck rules rollback tests-first --change 12 --yes", says: "go back before change 12" },
  ],
  input: z.object({
    rule: z.string().min(1).describe("Its id or path"),
    change: z.int().min(1).optional().describe("Number of the change to go back before; by default its last"),
    yes: z.boolean().default(false).describe("Write it"),
    dryRun: z.boolean().default(false).describe("Only show the difference, whatever else is said"),
  }),
  output: z.object({ path: z.string(), change: z.int(), diff: z.string(), isWritten: z.boolean() }),
  positionals: ["rule"],
  shorts: { yes: "y" },
  permission: "write",
  timeoutMs: checkpointTimeoutMs,
  async run({ rule, change, yes, dryRun }, context) {
    const rules = await rulesOf(context)
    const { id, index } = await context.project()
    const { position, ...done } = await rules.rollback(rule, {
      by: context.actor.id,
      change,
      dryRun: dryRun || !yes,
      before: () =>
        withCheckpoints(context, async (checkpoints) => {
          await checkpoints.create(`before a rollback of the rule ${rule}`, {
            actor: context.actor.id,
            signal: context.signal,
          })
        }),
    })
    if (position !== undefined) context.saw(`project.${id}`, position)
    if (done.isWritten) index.markDirty([done.path])
    return done
  },
  present: ({ path, change, diff, isWritten }) =>
    diff === ""
      ? [{ kind: "paragraph", text: `${literal(path)} says so already.`, tone: "quiet" }]
      : [
          {
            kind: "paragraph",
            text: isWritten
              ? `Wrote ${literal(path)} as it was before change ${change}. \`duck checkpoint undo\` or another rollback takes it back.`
              : `Would write ${literal(path)} as it was before change ${change}; --yes does.`,
            ...(isWritten ? { tone: "good" as const } : {}),
          },
          {
            kind: "quote",
            path,
            startLine: 1,
            endLine: diff.split("\n").length - 1,
            text: diff,
            language: "diff",
          } satisfies Block,
        ],
})
