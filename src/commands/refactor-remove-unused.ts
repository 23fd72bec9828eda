import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runEach } from "./refactor/each.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorRemoveUnused = defineCommand({
  name: "refactor.remove-unused",
  summary: "Take out imports, locals and private functions that nothing uses",
  description:
    "Round after round, as what was used only by what goes is unused then. What has an effect of its own, what is exported, and parameters stay.",
  examples: [
    { line: "duck refactor remove-unused src/price.ts", says: "shows the change" },
    { line: "duck refactor remove-unused src/price.ts --test --apply", says: "writes it where the tests pass with it" },
    {
      line: "duck refactor remove-unused --member all --dry-run",
      says: "in each member of a workspace, with a summary",
    },
  ],
  input: z.object({
    file: z.string().trim().min(1).max(2_000).optional().describe("The file"),
    member: memberFlag("In every file of this member of a workspace"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["file"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ file, member, ...choices }, context) {
    const { removeUnused } = await import("../code/refactorings/remove-unused.ts")
    return runEach({ what: "Remove what is unused in", file, member, one: removeUnused }, choices, context)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ file = "", member }) => ({ file, members: member.join(", ") }),
  exitCode: refactorExit,
})
