import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runEach } from "./refactor/each.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorOrganiseImports = defineCommand({
  name: "refactor.organise-imports",
  summary: "Sort and merge the imports of a file, or of every file of a member",
  description: "And takes out those that nothing uses. An import for its effects alone keeps its place.",
  examples: [
    { line: "duck refactor organise-imports src/price.ts", says: "shows the change" },
    { line: "duck refactor organise-imports src/price.ts --apply", says: "writes it" },
    { line: "duck refactor organise-imports --member api --member web", says: "of every file of two members" },
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
    const { organiseImports } = await import("../code/refactorings/organise-imports.ts")
    return runEach({ what: "Organise the imports of", file, member, one: organiseImports }, choices, context)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ file = "", member }) => ({ file, members: member.join(", ") }),
  exitCode: refactorExit,
})
