import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag, membersOf } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorInline = defineCommand({
  name: "refactor.inline",
  summary: "Put a variable or function where it is used",
  description:
    "What a variable holds, or what a function of one expression gives. Refused where that would change when, how often or with which names something is worked out.",
  examples: [
    { line: "duck refactor inline src/price.ts:5:9", says: "a variable" },
    { line: "duck refactor inline twice --apply", says: "a function" },
  ],
  input: z.object({
    target: z.string().trim().min(1).max(2_000).describe("A name, path:line or path:line:column"),
    member: memberFlag("The one of that name in this member of a workspace"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["target"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ target, member, ...choices }, context) {
    const { inline } = await import("../code/refactorings/inline.ts")
    return runExact((tools) => inline(target, tools), choices, context, await membersOf(member, context))
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ target }) => ({ target }),
  exitCode: refactorExit,
})
