import { z } from "zod"
import { count } from "../../base/text.ts"
import type { Choice } from "../../base/wire.ts"
import { type Block, literal } from "../document.ts"
import { EngineFacts, factsBlocks } from "../engine-run.ts"
import { Checks, checkBlocks } from "../proposal/checks.ts"
import { ProposalAnswer, proposalBlocks, proposalChoice } from "../proposal/shapes.ts"

export const GenerateOutput = z.object({
  /** One for each thing that was made: a member's, an entry's of a list. */
  made: z.array(
    ProposalAnswer.extend({
      /** What it was made for: the description, or the member. */
      what: z.string(),
      facts: EngineFacts,
      /** Empty also where none was asked. */
      checks: Checks,
    }),
  ),
  failed: z.array(z.object({ what: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() })),
  /** Scripts of package.json that are worth running then. */
  scripts: z.array(z.string()),
})
export type GenerateOutput = z.infer<typeof GenerateOutput>

/** Hunks are asked for where one thing was made. */
export const generateChoice = ({ made: [only, ...others] }: GenerateOutput): Choice | undefined =>
  only && others.length === 0 ? proposalChoice(only) : undefined

/** 1 where something could not be made, or does not hold. */
export const generateExit = ({ made, failed }: GenerateOutput): 0 | 1 =>
  failed.length > 0 || made.some(({ proposal }) => proposal.findings.some(({ severity }) => severity === "error"))
    ? 1
    : 0

export function generateBlocks({ made, failed, scripts }: GenerateOutput): Block[] {
  const each = made.flatMap((one): Block[] => [
    ...proposalBlocks(one),
    ...checkBlocks(one.checks),
    ...factsBlocks(one.facts),
  ])
  const problems = failed.map(({ what, message, hint }): Block => {
    return {
      kind: "paragraph",
      text: literal(`${what}: ${message}${hint ? ` ${hint}` : ""}`),
      tone: "warning",
    }
  })
  const summary: Block[] =
    made.length + failed.length > 1
      ? [
          { kind: "heading", text: "Summary", level: 2 },
          {
            kind: "table",
            columns: [{ title: "for" }, { title: "state" }, { title: "files" }, { title: "findings" }],
            rows: [
              ...made.map(({ what, state, proposal }) => [
                literal(what),
                state,
                String(proposal.files.length),
                count(proposal.findings.length, "finding"),
              ]),
              ...failed.map(({ what, code }) => [literal(what), "failed", "0", literal(code)]),
            ],
          },
        ]
      : []
  const next: Block[] =
    scripts.length > 0 && made.length > 0
      ? [
          {
            kind: "paragraph",
            text: `Worth running then: ${scripts.map((one) => `\`${one}\``).join(", ")}.`,
            tone: "quiet",
          },
        ]
      : []
  return [...each, ...problems, ...summary, ...next]
}
