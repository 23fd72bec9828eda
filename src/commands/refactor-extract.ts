import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { extractionOf } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorExtract = defineCommand({
  name: "refactor.extract",
  summary: "Make a function or a variable of a piece of code",
  description:
    "Whole lines become a function, with what flows in as parameters, typed in TypeScript, and what is used later given back; with columns an expression becomes a variable, unless --into says otherwise. Refused where control leaves the piece or where it would be worked out at another time.",
  examples: [
    { line: "duck refactor extract src/price.ts:5-7 rateOf", says: "lines, to a function" },
    {
      line: "duck refactor extract src/price.ts:7:16-7:32 taxed",
      says: "an expression, to a variable: from a column to the one after the last",
    },
  ],
  input: z.object({
    range: z
      .string()
      .trim()
      .regex(/^.+:\d+(?::\d+)?(?:-\d+(?::\d+)?)?$/, "path:from-to, or path:line:column-line:column")
      .describe("path:from-to in lines, or path:line:column-line:column"),
    name: z.string().trim().min(1).max(200).describe("Its name"),
    into: z.enum(["function", "variable"]).optional().describe("What it becomes"),
    noServer: z.boolean().default(false).describe("Don't ask a language server for types"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["range", "name"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ range, name, into, noServer, ...choices }, context) {
    const [{ extract }, { servedHover }] = await Promise.all([
      import("../code/refactorings/extract.ts"),
      import("../engines/refactor/served-hover.ts"),
    ])
    return runExact(
      (tools) => extract(extractionOf(range, name, into), noServer ? tools : { ...tools, hoverIn: servedHover(tools) }),
      choices,
      context,
    )
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ range, name }) => ({ range, name }),
  exitCode: refactorExit,
})
