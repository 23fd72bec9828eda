import { z } from "zod"
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag, membersOf } from "./members.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { runExact } from "./refactor/finish.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactorRewrite = defineCommand({
  name: "refactor.rewrite",
  summary: "Replace every match of a pattern, by syntax",
  description:
    "Patterns are code with holes: $A is one node, $$$ARGS any number. Neither strings nor comments match by chance.",
  examples: [
    { line: "duck refactor rewrite --pattern 'foo($A)' --to 'bar($A)' --lang ts", says: "calls of one argument" },
    {
      line: "duck refactor rewrite src/old --pattern 'assert.equal($$$ARGS)' --to 'expect($$$ARGS)' --lang js --apply",
      says: "in one folder",
    },
    {
      line: "duck refactor rewrite --pattern 'log($A)' --to 'logger.info($A)' --lang ts --member all",
      says: "in each member of a workspace, with a summary",
    },
  ],
  input: z.object({
    paths: z
      .array(z.string().trim().min(1).max(2_000))
      .max(200)
      .default([])
      .describe("Files or folders; all without them"),
    pattern: z.string().trim().min(1).max(10_000).describe("What is looked for"),
    to: z.string().max(10_000).describe("What stands there afterwards"),
    lang: z.string().trim().min(1).max(40).describe("typescript, tsx, javascript, python, go, rust, java, html or css"),
    member: memberFlag("Only in this member of a workspace"),
    ...RefactorFlags,
  }),
  output: RefactorAnswer,
  positionals: ["paths"],
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ paths, pattern, to, lang, member, ...choices }, context) {
    const [{ rewrite }, members] = await Promise.all([
      import("../code/refactorings/rewrite.ts"),
      membersOf(member, context),
    ])
    return runExact((tools) => rewrite({ pattern, to, language: lang, paths }, tools), choices, context, members)
  },
  present: refactorBlocks,
  choice: proposalChoice,
  audited: ({ pattern, to }) => ({ pattern, to }),
  exitCode: refactorExit,
})
