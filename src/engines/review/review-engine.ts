import { z } from "zod"
import { byGravity, type Finding, findingOf } from "../../code/finding.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Engine } from "../pipeline/engine.ts"
import { type ChangedFile, type ChangeSet, linesOf, touches } from "./change-set.ts"
import { changeText } from "./change-text.ts"
import type { Review } from "./review.ts"

/** The change, and what is known of it without a model. */
export interface ReviewTask {
  readonly changes: ChangeSet
  readonly facts: Review
}

const Said = z.object({
  path: z.string().describe("As in the change"),
  line: z.int().describe("Line number of the new side, as before the line"),
  end_line: z.int(),
  severity: z.enum(["error", "warning", "note"]).describe("error: it does not work or does harm"),
  category: z.enum(["correctness", "security", "concurrency", "performance", "design", "tests", "clarity"]),
  quote: z.string().describe("The line, copied exactly from the new side"),
  message: z.string().describe("One sentence: what is wrong"),
  explanation: z.string().describe("Why, and what to do"),
  confidence: z.number().min(0).max(1),
})
const Draft = z.object({
  summary: z.string().describe("What the change does, in two or three sentences"),
  findings: z.array(Said).max(30),
  questions: z.array(z.string()).max(8),
})
type Draft = z.infer<typeof Draft>

/** Reads a change as a colleague would. What it says of places that are not there is dropped, and told. */
export const reviewEngine: Engine<ReviewTask, Draft, Review> = {
  name: "review",
  prompt: () => "review/change",
  needs: ({ changes, facts }) => ({
    task: `Review a change: ${facts.symbols
      .slice(0, 20)
      .map(({ name }) => name)
      .join(", ")}`,
    paths: changes.files.filter(({ after }) => after !== null).map(({ path }) => path),
    symbols: facts.symbols.slice(0, 20).map(({ path, startLine }) => `${path}:${startLine}`),
  }),
  variables: ({ changes, facts }) => ({
    change: changeText(changes.files),
    title: changes.title,
    facts: factsText(facts),
    known: facts.findings
      .slice(0, 40)
      .map(({ path, startLine, message }) => `${path}:${startLine}: ${message}`)
      .join("\n"),
  }),
  output: { name: "review", schema: Draft },
  maxOutputTokens: 6_000,
  async accept({ summary, findings: said, questions }, { changes, facts }) {
    const dropped: Review["dropped"] = []
    const findings: Finding[] = []
    for (const one of said) {
      const placed = findingIn(one, changes.files)
      if ("why" in placed) dropped.push({ message: one.message, why: placed.why })
      else findings.push(placed)
    }
    if (said.length > 0 && findings.length === 0) {
      throw new DraftRefusedError(
        `None of these findings is about a place in the change:\n${dropped.map(({ message, why }) => `${message}: ${why}`).join("\n")}`,
      )
    }
    return {
      ...facts,
      summary: summary.trim(),
      findings: [...facts.findings, ...findings].sort(byGravity),
      questions: [...new Set([...questions.map((one) => one.trim()).filter(Boolean), ...facts.questions])].slice(0, 12),
      dropped,
    }
  },
  critics: [],
  withoutModel: async ({ facts }) => facts,
}

/** The finding where its quotation stands, or why there is none. */
function findingIn(said: z.infer<typeof Said>, files: readonly ChangedFile[]): Finding | { why: string } {
  const path = said.path.replace(/^(?:\.\/|[ab]\/)(?=.)/, "")
  const file = files.find((one) => one.path === said.path) ?? files.find((one) => one.path === path)
  if (!file) return { why: `${said.path} is not in the change` }
  if (file.after === null) return { why: `${file.path} has no text after the change` }
  const line = lineOf(said, linesOf(file.after))
  if (line === undefined) return { why: `what it quotes does not stand in ${file.path} near line ${said.line}` }
  const endLine = Math.min(Math.max(line, line + said.end_line - said.line), linesOf(file.after).length, line + 200)
  const isChanged = touches(file.added, { startLine: line, endLine })
  return findingOf({
    source: "model",
    rule: `review/${said.category}`,
    severity: said.severity,
    message: said.message,
    path: file.path,
    startLine: line,
    endLine,
    evidence: (linesOf(file.after)[line - 1] ?? "").trim(),
    explanation: said.explanation,
    confidence: said.confidence,
    tags: isChanged ? [] : ["context"],
  })
}

/** Line numbers are where models err; the quotation says which line is meant. */
function lineOf(
  { line, quote }: { readonly line: number; readonly quote: string },
  lines: readonly string[],
): number | undefined {
  const flat = (text: string) => text.replace(/\s+/g, "")
  const wanted = flat(quote.split("\n").find((one) => one.trim() !== "") ?? "")
  if (wanted === "") return line >= 1 && line <= lines.length ? line : undefined
  const found = lines.flatMap((text, at) => {
    const here = flat(text)
    return here !== "" && (here === wanted || (wanted.length >= 8 && here.includes(wanted))) ? [at + 1] : []
  })
  return found.sort((a, b) => Math.abs(a - line) - Math.abs(b - line))[0]
}

function factsText({ files, symbols, missingTests, risk }: Review): string {
  const parts = [
    files
      .map(({ path, status, addedLines, removedLines }) => `${path}: ${status}, +${addedLines} -${removedLines}`)
      .join("\n"),
    symbols
      .slice(0, 60)
      .map(({ path, startLine, name, change, uses, signatureBefore, signature }) => {
        const left = uses.filter(({ isTouched }) => !isTouched).slice(0, 5)
        const used =
          left.length > 0
            ? `; used unchanged in ${left.map((use) => `${use.path}:${use.line} (${use.text})`).join(", ")}`
            : ""
        const was = change === "signature" ? ` from ${signatureBefore} to ${signature}` : ""
        return `${path}:${startLine} ${name}: ${change}${was}${used}`
      })
      .join("\n"),
    missingTests.map(({ path, line, name, why }) => `${path}:${line} ${name}: ${why}`).join("\n"),
    `Risk ${risk.level} (${risk.score} of 100).`,
  ]
  return parts.filter((part) => part !== "").join("\n\n")
}
