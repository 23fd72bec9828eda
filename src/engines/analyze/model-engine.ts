import { z } from "zod"
import { type Finding, findingOf, Severity } from "../../code/finding.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Engine, EngineTools } from "../pipeline/engine.ts"

/** More places at once than this are judged worse, and cost more than a prompt should. */
const mostJudged = 30
const linesAround = 12
/** Nobody has checked it but whoever wrote it. */
const modelConfidence = 0.5

export interface AnalyzeTask {
  /** What the rules found, gravest first. */
  readonly findings: readonly Finding[]
  /** Files that were looked at. */
  readonly paths: readonly string[]
}

const Draft = z.object({
  judged: z.array(
    z.object({
      id: z.string(),
      isReal: z.boolean(),
      why: z.string().describe("One or two sentences about this very code"),
    }),
  ),
  further: z
    .array(
      z.object({
        path: z.string(),
        line: z.int(),
        quote: z.string().describe("Copied from that line"),
        name: z.string().describe("Two or three words, as a-name-like-this"),
        severity: Severity,
        message: z.string().describe("One sentence about this very place"),
        explanation: z.string().describe("Why it matters and what to do"),
      }),
    )
    .max(10),
})
type Draft = z.infer<typeof Draft>

/** All findings, judged ones first in the model's order; what it found itself has the source "model". */
export interface ModelAnalysis {
  readonly findings: readonly Finding[]
  readonly judged: number
  /** Of the model's own findings, those that pointed at no line. */
  readonly dropped: number
}

interface Prepared extends AnalyzeTask {
  readonly passages: readonly { readonly path: string; readonly text: string }[]
}

/** What the engine is asked, with the code around the gravest findings. */
export async function analyzeTask(
  { findings, paths }: AnalyzeTask,
  { index }: Pick<EngineTools, "index">,
): Promise<Prepared> {
  const chosen = findings.slice(0, mostJudged)
  const wanted = new Map<string, Set<number>>()
  for (const { path, startLine } of chosen) {
    const lines = wanted.get(path) ?? new Set()
    wanted.set(path, lines)
    for (let line = Math.max(1, startLine - linesAround); line <= startLine + linesAround; line++) lines.add(line)
  }
  // With nothing to judge the files themselves are shown, as far as the budget of a look goes.
  if (chosen.length === 0)
    for (const path of paths.slice(0, 8)) wanted.set(path, new Set(Array.from({ length: 200 }, (_, i) => i + 1)))
  const passages: { path: string; text: string }[] = []
  for (const [path, lines] of wanted) {
    const text = (await index.text(path))?.split("\n")
    if (!text) continue
    const numbers = [...lines].filter((line) => line <= text.length).sort((a, b) => a - b)
    const shown = numbers.map((line, i) => {
      const gap = i > 0 && line - (numbers[i - 1] ?? 0) > 1 ? "...\n" : ""
      return `${gap}${line}: ${text[line - 1]}`
    })
    passages.push({ path, text: shown.join("\n") })
  }
  return { findings, paths, passages }
}

/** Explains and ranks what rules found, and finds what they can't; each finding of its own must point at a real line. */
export const analyzeEngine: Engine<Prepared, Draft, ModelAnalysis> = {
  name: "analyze",
  prompt: () => "analyze/findings",
  needs: ({ findings, paths }) => ({
    task: `Judge findings: ${[...new Set(findings.slice(0, mostJudged).map(({ rule }) => rule))].join(", ")}`,
    paths: [...new Set([...findings.map(({ path }) => path), ...paths])].slice(0, 20),
    symbols: [],
  }),
  variables: ({ findings, passages }) => ({
    findings: findings
      .slice(0, mostJudged)
      .map(({ rule, severity, confidence, path, startLine, message, evidence }, i) => ({
        id: idOf(i),
        rule,
        severity,
        confidence: String(confidence),
        place: `${path}:${startLine}`,
        message,
        evidence,
      })),
    passages: passages.map(({ path, text }) => ({ path, text })),
  }),
  output: { name: "analysis", schema: Draft },
  critics: [],
  accept: accepted,
  withoutModel: async ({ findings }) => ({ findings, judged: 0, dropped: 0 }),
}

const idOf = (i: number) => `F${i + 1}`

async function accepted(draft: Draft, { findings }: Prepared, { index }: EngineTools): Promise<ModelAnalysis> {
  const byId = new Map(findings.slice(0, mostJudged).map((finding, i) => [idOf(i), finding]))
  const strangers = draft.judged.filter(({ id }) => !byId.has(id))
  if (strangers.length > 0)
    throw new DraftRefusedError(`There are no places with these ids: ${strangers.map(({ id }) => id).join(", ")}.`)
  const judged = new Map(
    draft.judged.map(({ id, isReal, why }) => {
      const finding = byId.get(id)
      return [finding, finding && { ...finding, ...sayingOf(finding, isReal, why) }] as const
    }),
  )
  const own: Finding[] = []
  const wrong: string[] = []
  const known = new Set(index.files())
  for (const one of draft.further) {
    const line = known.has(one.path) ? await lineWith(index, one) : undefined
    if (line === undefined)
      wrong.push(`${one.path}:${one.line}: there is no such line with \`${one.quote.slice(0, 80)}\``)
    else own.push(ofModel(one, line, own.length))
  }
  if (wrong.length > 0 && own.length === 0 && judged.size === 0)
    throw new DraftRefusedError(`Findings must point at lines that are there.\n${wrong.join("\n")}`)
  const ranked = [...judged.values()].flatMap((finding) => (finding ? [finding] : []))
  const rest = findings.filter((finding) => !judged.has(finding))
  return { findings: [...ranked, ...own, ...rest], judged: ranked.length, dropped: wrong.length }
}

/** A model's doubt takes sureness away, and never a finding: it may be talked into it by the code that it reads. */
const sayingOf = ({ confidence, tags, explanation }: Finding, isReal: boolean, why: string) => ({
  explanation: [why, explanation].filter(Boolean).join("\n\n"),
  confidence: isReal ? confidence : Math.round(confidence * 50) / 100,
  tags: [...tags, isReal ? "model:confirmed" : "model:doubted"],
})

/** The number of the line with the quote, at or next to where it was said to be. */
async function lineWith(
  index: EngineTools["index"],
  { path, line, quote }: Draft["further"][number],
): Promise<{ readonly number: number; readonly text: string } | undefined> {
  const lines = ((await index.text(path)) ?? "").split("\n")
  const wanted = quote.replaceAll(/\s+/g, " ").trim()
  if (wanted.length < 3) return undefined
  for (const distance of [0, -1, 1, -2, 2]) {
    const text = lines[line - 1 + distance]
    if (text?.replaceAll(/\s+/g, " ").includes(wanted)) return { number: line + distance, text: text.trim() }
  }
  return undefined
}

function ofModel(
  one: Draft["further"][number],
  { number, text }: { number: number; text: string },
  nth: number,
): Finding {
  const name = one.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
  return findingOf(
    {
      source: "model",
      rule: `model/${name || "finding"}`,
      severity: one.severity === "error" ? "warning" : one.severity,
      message: one.message,
      explanation: one.explanation,
      path: one.path,
      startLine: number,
      evidence: text.slice(0, 200),
      confidence: modelConfidence,
      tags: ["model"],
    },
    nth,
  )
}
