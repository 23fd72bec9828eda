import { z } from "zod"
import { count } from "../../base/text.ts"
import { type Block, literal } from "../document.ts"
import { Checks, checkBlocks } from "../proposal/checks.ts"
import { ChangeFlags, ProposalAnswer, proposalBlocks } from "../proposal/shapes.ts"

/** What every refactoring takes. */
export const RefactorFlags = {
  ...ChangeFlags,
  check: z.boolean().default(true).describe("Have the types checked in a copy; --no-check leaves it out"),
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

const InMember = z.object({
  name: z.string(),
  path: z.string(),
  /** That change. */
  files: z.int(),
  addedLines: z.int(),
  removedLines: z.int(),
  findings: z.int(),
})

export const RefactorAnswer = ProposalAnswer.extend({
  /** Who knew the places: "syntax", the name of a language server, "model". */
  by: z.string(),
  /** What uses the changed files from outside; null where it was not looked for. */
  impact: z.object({ dependants: z.int(), files: z.array(z.string()), tests: z.array(z.string()) }).nullable(),
  /** How the type checkers went: empty where none is set up for the changed files, null where none was asked. */
  checks: Checks.nullable(),
  /** Of each member of a workspace that it was asked for. */
  members: z.array(InMember),
  /** Null where it was not asked for, or no command for tests is known. */
  test: TestRun.nullable(),
})
export type RefactorAnswer = z.infer<typeof RefactorAnswer>

/** The proposal, how its places were found, and what the tests said. */
export function refactorBlocks(answer: RefactorAnswer): Block[] {
  const { by, impact, checks, members, test } = answer
  const madeBy =
    by === "syntax" ? "Found by syntax and the index." : by === "model" ? undefined : `Found by ${literal(by)}.`
  const uses =
    impact && impact.files.length > 0 ? `Used by ${impact.files.slice(0, 8).map(literal).join(", ")}.` : undefined
  const facts = [madeBy, uses].filter((text) => text !== undefined)
  return [
    ...proposalBlocks(answer),
    ...(facts.length > 0 ? [{ kind: "paragraph", text: facts.join(" "), tone: "quiet" } as const] : []),
    ...(checks ? typeBlocks(checks) : []),
    ...memberBlocks(members),
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
  ]
}

const typeBlocks = (checks: Checks): Block[] =>
  checks.length > 0
    ? checkBlocks(checks)
    : [
        {
          kind: "paragraph",
          text: "Types were not checked: no type checker is set up for the files that change.",
          tone: "quiet",
        },
      ]

function memberBlocks(members: RefactorAnswer["members"]): Block[] {
  if (members.length < 2) return []
  return [
    { kind: "heading", text: "By member", level: 2 },
    {
      kind: "table",
      columns: [
        { title: "member" },
        { title: "changes" },
        { title: "", align: "right" },
        { title: "", align: "right" },
        { title: "" },
      ],
      rows: members.map(({ name, files, addedLines, removedLines, findings }) => [
        `**${literal(name)}**`,
        files === 0 ? "nothing" : count(files, "file"),
        files === 0 ? "" : `+${addedLines}`,
        files === 0 ? "" : `-${removedLines}`,
        findings === 0 ? "" : `${count(findings, "place")} to look at`,
      ]),
    },
  ]
}

/** 1: something is to be looked at. */
export const refactorExit = ({ proposal, test, held }: RefactorAnswer): 0 | 1 =>
  held !== null || test?.isPassed === false || proposal.findings.some(({ severity }) => severity !== "note") ? 1 : 0
