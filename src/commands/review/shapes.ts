import { z } from "zod"
import { count } from "../../base/text.ts"
import { Review } from "../../engines/review/review.ts"
import { freshnessBlock } from "../code-blocks.ts"
import { type Block, inlineCode, literal } from "../document.ts"
import { EngineFacts, factsBlocks } from "../engine-run.ts"
import { countedFindings, findingsBlocks } from "../findings/shapes.ts"

export const ReviewAnswer = Review.extend({
  facts: EngineFacts,
  failOn: z.enum(["error", "warning", "note", "never"]),
  /** The findings as SARIF 2.1.0, where it was asked for. */
  sarif: z.string().nullable(),
})
export type ReviewAnswer = z.infer<typeof ReviewAnswer>

const mostRows = 40

export function reviewBlocks(answer: ReviewAnswer): Block[] {
  const { of, headline, summary, risk, findings, questions, dropped, notes, facts, freshness } = answer
  return [
    { kind: "paragraph", text: `${literal(headline)} (${literal(of)})`, tone: toneOf(risk.level) },
    ...(summary === "" ? [] : [{ kind: "paragraph", text: literal(summary) } as const]),
    ...changeBlocks(answer),
    ...(answer.files.length === 0 ? [] : riskBlocks(answer)),
    ...(answer.files.length === 0
      ? []
      : [{ kind: "heading", text: `Findings: ${countedFindings(findings)}`, level: 2 } as const]),
    ...findingsBlocks(findings),
    ...missingBlocks(answer),
    ...listed("To the author", questions),
    ...(dropped.length === 0
      ? []
      : listed(
          "Said by the model and dropped",
          dropped.map(({ message, why }) => `${message} (${why})`),
        )),
    ...listed("Left out", notes),
    ...factsBlocks(facts),
    freshnessBlock(freshness, "The index: "),
  ]
}

const toneOf = (level: Review["risk"]["level"]) =>
  level === "critical" ? "bad" : level === "high" ? "warning" : "normal"

/** Files and definitions of a change. */
export function changeBlocks({ files, symbols }: Pick<Review, "files" | "symbols">): Block[] {
  if (files.length === 0) return []
  return [
    { kind: "heading", text: "What changed", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "" }, { title: "" }],
      rows: files
        .slice(0, mostRows)
        .map(({ path, oldPath, status, addedLines, removedLines, sensitive }) => [
          status,
          literal(path === oldPath ? path : `${oldPath} -> ${path}`),
          `+${addedLines} -${removedLines}`,
          literal(sensitive.join(", ")),
        ]),
    },
    ...(symbols.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [{ title: "" }, { title: "" }, { title: "" }, { title: "", isCut: true }],
            rows: symbols
              .slice(0, mostRows)
              .map((symbol) => [
                symbol.change,
                literal(`${symbol.path}:${symbol.startLine}`),
                `**${literal(symbol.name)}**${symbol.isExported ? " (exported)" : ""}${symbol.dependants > 0 ? `, ${count(symbol.dependants, "dependant")}` : ""}`,
                symbol.from ? literal(`from ${symbol.from}`) : inlineCode(symbol.signature || symbol.signatureBefore),
              ]),
          } as const,
        ]),
    ...(Math.max(files.length, symbols.length) > mostRows
      ? [{ kind: "paragraph", text: "Not all are shown; `--json` has them.", tone: "quiet" } as const]
      : []),
  ]
}

function riskBlocks({ risk }: Review): Block[] {
  return [
    { kind: "heading", text: `Risk: ${risk.level}, ${risk.score} of 100`, level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "points", align: "right" }, { title: "" }, { title: "counted as" }],
      rows: risk.factors.map(({ name, points, most, says, formula }) => [
        name,
        `${points} of ${most}`,
        literal(says),
        literal(formula),
      ]),
    },
  ]
}

function missingBlocks({ missingTests }: Review): Block[] {
  if (missingTests.length === 0) return []
  return [
    { kind: "heading", text: "Missing tests", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "" }],
      rows: missingTests
        .slice(0, mostRows)
        .map(({ path, line, name, why }) => [literal(`${path}:${line}`), `**${literal(name)}**`, literal(why)]),
    },
  ]
}

function listed(title: string, items: readonly string[]): Block[] {
  if (items.length === 0) return []
  return [
    { kind: "heading", text: title, level: 2 },
    { kind: "list", items: items.map(literal) },
  ]
}
