import { setImmediate as nextTurn } from "node:timers/promises"
import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { byGravity, type Critic, type Finding } from "../../code/finding.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { freshnessNote } from "../ask/ask.ts"
import { type ChangedFile, type ChangeSet, linesOf, sizeOf, touches } from "./change-set.ts"
import { lineFindings, removedButImported, useFindings } from "./checks.ts"
import { questionsOf } from "./questions.ts"
import { reachOf } from "./reach.ts"
import type { ChangedSymbol, Review, ReviewedFile } from "./review.ts"
import { type PastOf, riskOf } from "./risk.ts"
import { sensitiveIn } from "./sensitive.ts"
import { symbolDifferences } from "./symbols.ts"

export interface ReviewDeps {
  readonly index: CodeIndex
  readonly rulesCritic: Critic<{ readonly path: string; readonly text: string }>
  /** Further findings: of analyzers, of the project's own tools. */
  readonly inspectors?: readonly Inspector[]
  readonly signal: AbortSignal
}

/** Looks at changed files; says as well why it could not, where it could not. */
export type Inspector = (
  files: readonly ChangedFile[],
  signal: AbortSignal,
) => Promise<{ readonly findings: readonly Finding[]; readonly notes: readonly string[] }>

/** Of more definitions only the names are told. */
const mostReached = 150
const mostHistories = 40
const mending =
  /\b(?:fix(?:e[sd]|ing)?|bugs?|regressions?|reverts?|hotfix|repair(?:s|ed)?|mend(?:s|ed)?|crash(?:es|ed)?)\b/i

/** What a change is, what it can break, and what is wrong with it, without a model. */
export async function reviewChange({ title, files, notes }: ChangeSet, deps: ReviewDeps): Promise<Review> {
  const { index, signal } = deps
  const pause = async () => {
    await nextTurn()
    throwIfAborted(signal)
  }
  const differences = await symbolDifferences(files, pause)
  const symbols: ChangedSymbol[] = []
  for (const difference of differences.slice(0, mostReached)) {
    await pause()
    symbols.push(await reachOf(difference, { index, files, signal }))
  }
  const reviewed = files.map(reviewedFile)
  const missingTests = missingIn(symbols)
  const past = await pastOf(files, deps)
  const inspected = await inspect(files, deps)
  const findings = [
    ...files.flatMap(lineFindings),
    ...useFindings(symbols),
    ...(await stillImported(symbols, files, index)),
    ...(await brokenRules(files, deps)),
    ...inspected.findings,
  ]
  const risk = riskOf({ files: reviewed, symbols, missingTests, past })
  const left = differences.length - symbols.length
  const unread = reviewed.filter((file) => file.unread !== null)
  return {
    of: title,
    headline: headlineOf(reviewed, symbols, risk.level),
    files: reviewed,
    symbols,
    risk,
    findings: distinct(findings).sort(byGravity),
    missingTests,
    questions: questionsOf({ files: reviewed, symbols, missingTests }),
    summary: "",
    dropped: [],
    notes: [
      ...notes,
      ...(left > 0 ? [`${count(left, "more definition")} changed; they are not told one by one.`] : []),
      ...unread.map(({ path, unread: why }) => `${path} was not looked at: ${why}.`),
      ...inspected.notes,
    ],
    freshness: freshnessNote(index.freshness()),
  }
}

function headlineOf(files: readonly ReviewedFile[], symbols: readonly ChangedSymbol[], level: string): string {
  if (files.length === 0) return "Nothing is changed."
  const added = files.reduce((sum, file) => sum + file.addedLines, 0)
  const removed = files.reduce((sum, file) => sum + file.removedLines, 0)
  return `${count(files.length, "file")} changed (+${added} -${removed}), ${count(symbols.length, "definition")}; risk ${level}.`
}

const reviewedFile = (file: ChangedFile): ReviewedFile => ({
  path: file.path,
  oldPath: file.oldPath,
  status: file.status,
  addedLines: sizeOf(file.added),
  removedLines: sizeOf(file.removed),
  unread: file.unread ?? null,
  sensitive: sensitiveIn(file),
})

const testable: ReadonlySet<string> = new Set(["function", "method", "constructor", "class", "struct", "macro"])

/** Exported code that behaves otherwise now, and no test that reaches it was touched. */
function missingIn(symbols: readonly ChangedSymbol[]): Review["missingTests"] {
  return symbols.flatMap(({ path, name, kind, change, isExported, startLine, tests }) => {
    const isAnother = change === "added" || change === "signature" || change === "body"
    if (!isAnother || !isExported || !testable.has(kind) || isTestPath(path) || tests.isTouched) return []
    const why =
      tests.paths.length === 0
        ? "no test reaches it"
        : `${tests.paths.slice(0, 2).join(", ")} ${tests.paths.length === 1 ? "reaches" : "reach"} it and did not change`
    return [{ path, line: startLine, name, why }]
  })
}

async function pastOf(files: readonly ChangedFile[], { index, signal }: ReviewDeps): Promise<PastOf> {
  const commits = new Map<string, string>()
  for (const { oldPath } of files.filter(({ status }) => status !== "added").slice(0, mostHistories)) {
    const { items } = await index.historyOf(oldPath, { limit: 100, signal })
    for (const { sha, subject } of items) commits.set(sha, subject)
  }
  const fixes = [...commits.values()].filter((subject) => mending.test(subject)).length
  return { commits: commits.size, fixes }
}

/** Imports, in files as they are, of names that this change takes from their modules. */
async function stillImported(
  symbols: readonly ChangedSymbol[],
  files: readonly ChangedFile[],
  index: CodeIndex,
): Promise<Finding[]> {
  const afterOf = new Map(files.map((file) => [file.path, file.after]))
  const findings: Finding[] = []
  for (const symbol of symbols) {
    const isGone = symbol.change === "removed" || symbol.change === "moved" || symbol.change === "renamed"
    if (!isGone || !symbol.isExported || symbol.name.includes(".")) continue
    const from = symbol.from?.split("#") ?? [symbol.path, symbol.name]
    const [path = symbol.path, name = symbol.name] = from
    // A file that was moved keeps its name in what imports it: that is for the type checker.
    const after = files.find((file) => file.path === path)?.after
    if (after && new RegExp(`\\bexport\\b[^;]*\\b${escaped(name)}\\b`).test(after)) continue
    const importers = []
    for (const edge of (await index.importersOf(path)).items) {
      if (!edge.names.includes(name)) continue
      const text = linesOf(afterOf.get(edge.path) ?? (await index.text(edge.path)) ?? "")
      const said = text.findIndex((line) => line.includes(edge.module))
      if (said < 0 || !text.some((line) => new RegExp(`\\b${escaped(name)}\\b`).test(line))) continue
      importers.push({ path: edge.path, line: said + 1, text: text[said] ?? "" })
    }
    findings.push(...removedButImported({ ...symbol, name }, importers))
  }
  return findings
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** Where the change breaks rules of the project that can be checked, in its own lines. */
async function brokenRules(files: readonly ChangedFile[], { rulesCritic, signal }: ReviewDeps): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { path, oldPath, before, after } of files) {
    if (after === null) continue
    const known = new Set<string>()
    if (before !== null) {
      for await (const { rule, evidence } of rulesCritic({ path: oldPath, text: before }, signal))
        known.add(`${rule}\0${evidence}`)
    }
    for await (const finding of rulesCritic({ path, text: after }, signal)) {
      if (!known.has(`${finding.rule}\0${finding.evidence}`)) findings.push(finding)
    }
  }
  return findings
}

/** What others find in the changed lines. */
async function inspect(files: readonly ChangedFile[], { inspectors = [], signal }: ReviewDeps) {
  const findings: Finding[] = []
  const notes: string[] = []
  const readable = files.filter(({ after }) => after !== null)
  if (readable.length === 0) return { findings, notes }
  for (const look of inspectors) {
    const found = await look(readable, signal)
    notes.push(...found.notes)
    findings.push(
      ...found.findings.filter((finding) => {
        const file = readable.find(({ path }) => path === finding.path)
        return file !== undefined && touches(file.added, finding)
      }),
    )
  }
  return { findings, notes }
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.fingerprint} ${finding.startLine}`, finding])).values()]
}
