import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorRemoveUnused = defineCommand({
  name: "refactor.remove-unused",
  summary: "Take out imports, locals and private functions that nothing uses",
  description:
    "Round after round, as what was used only by what goes is unused then. What has an effect of its own, what is exported, and parameters stay.",
  examples: [
    { line: "duck refactor remove-unused src/price.ts", says: "shows the change" },
    { line: "duck refactor remove-unused src/price.ts --test --apply", says: "writes it where the tests pass with it" },
  ],
  input: z.object({
    file: z.string().trim().min(1).max(2_000).describe("The file"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["file"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ file, ...choices }, context) {
    const { removeUnused } = await import("../code/refactorings/remove-unused.ts")
    return runExact((tools) => removeUnused(plainPath(file), tools), choices, context)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ file }) => ({ file }),
  exitCode: refactorExit,
})
