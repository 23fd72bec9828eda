import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag, membersOf } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorMoveSymbol = defineCommand({
  name: "refactor.move-symbol",
  summary: "Move a declaration to another file",
  description:
    "With the imports that it needs; who imports it does so from there. The file is made where it is missing.",
  examples: [
    { line: "duck refactor move-symbol grossPrice src/tax.ts", says: "by name" },
    { line: "duck refactor move-symbol src/price.ts:4 src/tax.ts --apply", says: "what is declared in a line" },
  ],
  input: z.object({
    target: z.string().trim().min(1).max(2_000).describe("A name, path:line or path:line:column"),
    to: z.string().trim().min(1).max(2_000).describe("The other file"),
    member: memberFlag("The one of that name in this member of a workspace"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["target", "to"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ target, to, member, ...choices }, context) {
    const { moveSymbol } = await import("../code/refactorings/move-symbol.ts")
    return runExact(
      (tools) => moveSymbol(target, plainPath(to), tools),
      choices,
      context,
      await membersOf(member, context),
    )
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ target, to }) => ({ target, to }),
  exitCode: refactorExit,
})
