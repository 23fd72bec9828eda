import { z } from "zod"
import { type Block, literal } from "../document.ts"
import { ChangeFlags, ProposalAnswer, proposalBlocks } from "../proposal/shapes.ts"

/** What every refactoring takes. */
export const RefactorFlags = {
  ...ChangeFlags,
  check: z.boolean().default(false).describe("Have the project's type checkers look at the change first"),
  test: z.boolean().default(false).describe("Run the project's tests with the change, in a copy, before it is written"),
}

export interface RefactorChoices {
  readonly apply: boolean
  readonly dryRun: boolean
  readonly interactive: boolean
  readonly check: boolean
  readonly test: boolean
}

const TestRun = z.object({
  command: z.string(),
  isPassed: z.boolean(),
  exitCode: z.int().nullable(),
  output: z.string(),
  durationMs: z.number(),
})

export const RefactorAnswer = ProposalAnswer.extend({
  /** Who knew the places: "syntax", the name of a language server, "model". */
  by: z.string(),
  /** What uses the changed files from outside; null where it was not looked for. */
  impact: z.object({ dependants: z.int(), files: z.array(z.string()), tests: z.array(z.string()) }).nullable(),
  /** Null where it was not asked for, or no command for tests is known. */
  test: TestRun.nullable(),
  /** Why it was not written though it was to be; null else. */
  held: z.string().nullable(),
})
export type RefactorAnswer = z.infer<typeof RefactorAnswer>

/** The proposal, how its places were found, and what the tests said. */
export function refactorBlocks(answer: RefactorAnswer): Block[] {
  const { by, impact, test, held } = answer
  const madeBy =
    by === "syntax" ? "Found by syntax and the index." : by === "model" ? undefined : `Found by ${literal(by)}.`
  const uses =
    impact && impact.files.length > 0 ? `Used by ${impact.files.slice(0, 8).map(literal).join(", ")}.` : undefined
  const facts = [madeBy, uses].filter((text) => text !== undefined)
  return [
    ...proposalBlocks(answer),
    ...(facts.length > 0 ? [{ kind: "paragraph", text: facts.join(" "), tone: "quiet" } as const] : []),
    ...(test
      ? [
          {
            kind: "paragraph",
            text: `\`${literal(test.command)}\` ${test.isPassed ? "passes with the change." : "FAILS with the change:"}`,
            tone: test.isPassed ? "good" : "warning",
          } as const,
          ...(test.isPassed ? [] : [{ kind: "paragraph", text: literal(test.output.slice(-1_500)) } as const]),
        ]
      : []),
    ...(held === null
      ? []
      : [{ kind: "paragraph", text: `It was not written: ${literal(held)}`, tone: "warning" } as const]),
  ]
}

/** 1: something is to be looked at. */
export const refactorExit = ({ proposal, test, held }: RefactorAnswer): 0 | 1 =>
  held !== null || test?.isPassed === false || proposal.findings.some(({ severity }) => severity !== "note") ? 1 : 0
