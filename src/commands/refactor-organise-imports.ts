import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorOrganiseImports = defineCommand({
  name: "refactor.organise-imports",
  summary: "Sort and merge the imports of a file",
  description: "And takes out those that nothing uses. An import for its effects alone keeps its place.",
  examples: [
    { line: "duck refactor organise-imports src/price.ts", says: "shows the change" },
    { line: "duck refactor organise-imports src/price.ts --apply", says: "writes it" },
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
    const { organiseImports } = await import("../code/refactorings/organise-imports.ts")
    return runExact((tools) => organiseImports(plainPath(file), tools), choices, context)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ file }) => ({ file }),
  exitCode: refactorExit,
})
