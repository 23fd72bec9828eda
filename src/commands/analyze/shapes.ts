import { z } from "zod"
import { count } from "../../base/text.ts"
import { Finding, Severity } from "../../code/finding.ts"
import { type Block, inlineCode, literal } from "../document.ts"
import { EngineFacts, factsBlocks } from "../engine-run.ts"
import { countedFindings, findingsBlocks } from "../findings/shapes.ts"
import { ProposalAnswer, proposalBlocks } from "../proposal/shapes.ts"

export const Analysis = z.object({
  /** Gravest first; with a model in its order. */
  findings: z.array(Finding),
  files: z.int(),
  /** How many were found and are not counted. */
  suppressed: z.int(),
  /** In the baseline. */
  known: z.int(),
  /** In the baseline, and found no more; null without a baseline. */
  gone: z.int().nullable(),
  /** The baseline that was written. */
  baseline: z.string().nullable(),
  failOn: z.enum(["error", "warning", "note", "never"]),
  /** How the project's own tools went. */
  tools: z.array(
    z.object({ tool: z.string(), folder: z.string(), durationMs: z.number(), problem: z.string().optional() }),
  ),
  /** What could not be looked at, and why. */
  notes: z.array(z.string()),
  /** With --explain. */
  rules: z.array(z.object({ id: z.string(), severity: Severity, explanation: z.string() })),
  proposal: ProposalAnswer.nullable(),
  /** Where a model was asked. */
  model: EngineFacts.extend({ judged: z.int(), dropped: z.int() }).nullable(),
  /** With --sarif: the log. */
  sarif: z.string().nullable(),
  tookMs: z.number(),
})
export type Analysis = z.infer<typeof Analysis>

const order = { error: 0, warning: 1, note: 2 } as const

/** Whether there is a finding at or above what the caller wants to fail on. */
export const isFailing = ({
  findings,
  failOn,
  baseline,
}: Pick<Analysis, "findings" | "failOn" | "baseline">): boolean =>
  failOn !== "never" && baseline === null && findings.some(({ severity }) => order[severity] <= order[failOn])

export function analysisBlocks(answer: Analysis): Block[] {
  const { findings, rules, proposal, model, tools, notes, baseline } = answer
  if (rules.length > 0) return ruleBlocks(rules)
  return [
    ...findingsBlocks(findings),
    ...tools.flatMap(({ tool, problem }): Block[] =>
      problem === undefined
        ? []
        : [{ kind: "paragraph", text: literal(`${tool} has nothing to say: ${problem}`), tone: "warning" }],
    ),
    ...notes.map((note): Block => ({ kind: "paragraph", text: literal(note), tone: "warning" })),
    ...(proposal ? proposalBlocks(proposal) : []),
    ...(model ? factsBlocks(model) : []),
    ...(baseline === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `Written: ${inlineCode(baseline)} holds ${count(findings.length, "known finding")}.`,
            tone: "good",
          } as const,
        ]),
    { kind: "paragraph", text: summary(answer), tone: findings.length === 0 ? "good" : "normal" },
    ...(findings.length === 0
      ? []
      : [
          {
            kind: "paragraph",
            text: "Why a rule matters and what to do: `duck analyze --explain <rule>`.",
            tone: "quiet",
          } as const,
        ]),
  ]
}

function summary({ findings, files, suppressed, known, gone, tookMs }: Analysis): string {
  const said = countedFindings(findings)
  const more = [
    ...(known > 0 ? [`${known} in the baseline`] : []),
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    ...(gone !== null && gone > 0
      ? [`${gone} of the baseline found no more: \`--update-baseline\` takes them out`]
      : []),
  ]
  const parts = [`${said[0]?.toUpperCase()}${said.slice(1)} in ${count(files, "file")}`, ...more]
  return `${parts.join("; ")} (${(tookMs / 1000).toFixed(1)} s).`
}

const ruleBlocks = (rules: Analysis["rules"]): Block[] =>
  rules.length === 1
    ? rules.flatMap(({ id, severity, explanation }): Block[] => [
        { kind: "heading", text: literal(id) },
        { kind: "paragraph", text: literal(explanation) },
        {
          kind: "paragraph",
          text: `Severity: ${severity}. Suppressed by \`duck-ignore ${id}: why\` in a comment.`,
          tone: "quiet",
        },
      ])
    : [
        {
          kind: "table",
          columns: [{ title: "rule" }, { title: "severity" }, { title: "" }],
          rows: rules.map(({ id, severity, explanation }) => [
            inlineCode(id),
            severity,
            literal(/^.*?\.(?=\s|$)/.exec(explanation)?.[0] ?? explanation),
          ]),
        },
      ]
