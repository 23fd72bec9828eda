import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag, membersOf } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorRename = defineCommand({
  name: "refactor.rename",
  summary: "Rename a symbol wherever it is named",
  description:
    "In JavaScript, TypeScript and Python by scopes and imports; members and other languages by the index, or by a language server where one is installed. Refused where the new name is taken at one of the places; places that are not sure are listed and left.",
  examples: [
    { line: "duck refactor rename grossPrice priceWithTax", says: "by name" },
    {
      line: "duck refactor rename src/price.ts:4:17 priceWithTax --apply",
      says: "what stands at a place, written at once",
    },
    { line: "duck refactor rename Basket.total sum --unsure", says: "also where only types could tell" },
  ],
  input: z.object({
    target: z.string().trim().min(1).max(2_000).describe("A name, Class.method, path:line or path:line:column"),
    to: z.string().trim().min(1).max(200).describe("The new name"),
    comments: z.boolean().default(false).describe("Also in comments"),
    strings: z.boolean().default(false).describe("Also in strings"),
    unsure: z.boolean().default(false).describe("Also at places that are not sure"),
    noServer: z.boolean().default(false).describe("Don't ask a language server"),
    member: memberFlag("The one of that name in this member of a workspace"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["target", "to"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ target, to, comments, strings, unsure, noServer, member, ...choices }, context) {
    const { renameServed } = await import("../engines/refactor/served.ts")
    return runExact(
      (tools) =>
        renameServed(
          target,
          to,
          { comments, strings, unsure },
          noServer || unsure ? { ...tools, servers: undefined } : tools,
        ),
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
