import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorMove = defineCommand({
  name: "refactor.move",
  summary: "Move a file, with all imports of it and in it",
  description: "Also paths in package.json and aliases of tsconfig.json. What names the path in other ways is listed.",
  examples: [
    { line: "duck refactor move src/money.ts src/shop/", says: "into a folder" },
    { line: "duck refactor move src/money.ts src/cents.ts --apply", says: "under another name" },
  ],
  input: z.object({
    file: z.string().trim().min(1).max(2_000).describe("The file"),
    to: z.string().trim().min(1).max(2_000).describe("Where to: a path, or a folder"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["file", "to"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ file, to, ...choices }, context) {
    const { moveFile } = await import("../code/refactorings/move-file.ts")
    return runExact((tools) => moveFile(plainPath(file), to, tools), choices, context)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ file, to }) => ({ file, to }),
  exitCode: refactorExit,
})
