import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { FileCoverage } from "../../workspace/coverage/coverage.ts"
import { testedLanguageOf } from "../../workspace/test-runners/detect.ts"

/** Something that tests are missing for. */
export interface Suggestion {
  readonly path: string
  readonly line: number
  readonly name: string
  readonly kind: string
  /** Ways that its code can go, at least 1. */
  readonly complexity: number
  /** Calls of it outside of tests. */
  readonly uses: number
  /** Test files that reach it, as far as names, imports and calls tell. */
  readonly tests: number
  /** Lines that did not run, and arms of branches not taken; null where no coverage tells. */
  readonly uncovered: { readonly lines: readonly number[]; readonly branches: number } | null
  readonly score: number
  readonly why: string
}

/** What tells a tool how to build is no code that tests are for. */
const isBuild = /(?:^|\/)(?:mix\.exs|setup\.py|build\.rs|conftest\.py)$/
const kinds = new Set(["function", "method"])
const branching =
  /\b(?:if|elif|else if|for|while|case|catch|except|rescue|when|match)\b|&&|\|\||\?\?|\band\b|\bor\b|\?(?=[^.:?])/g
/** Without comments and texts, roughly: words in them are no branches. */
const plainOf = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|(?:\/\/|(?<=^\s*)#)[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/gm, " ")
/** Calls of so many are looked up; those that branch most go first. */
const mostLooked = 300

/**
 * What most needs tests: `score = complexity x log2(2 + uses) x missing`, where `missing` is 1 without any test, else the
 * share of its lines that did not run (0.5 of that where only branches were missed). With coverage, that decides; without,
 * whether any test reaches it.
 */
export async function suggestTests(
  index: CodeIndex,
  options: {
    readonly under: readonly string[]
    readonly coverage: readonly FileCoverage[] | null
    readonly limit: number
    readonly signal: AbortSignal
  },
): Promise<readonly Suggestion[]> {
  const { under, coverage, limit, signal } = options
  const isWanted = (path: string) =>
    under.length === 0 ||
    under.some((one) => one === "." || path === one || path.startsWith(`${one.replace(/\/$/, "")}/`))
  const isCode = (path: string) => testedLanguageOf(path) && !isTestPath(path) && !isBuild.test(path)
  const paths = index.files().filter((path) => isCode(path) && isWanted(path))
  const found: { definition: Definition; complexity: number }[] = []
  for (const path of paths) {
    throwIfAborted(signal)
    const { items } = await index.outline(path)
    const own = items.filter(({ kind, isExported, name }) => kinds.has(kind) && isExported && !name.startsWith("_"))
    if (own.length === 0) continue
    const lines = ((await index.text(path)) ?? "").split("\n")
    for (const definition of own) {
      const text = lines.slice(definition.startLine - 1, definition.endLine).join("\n")
      found.push({ definition, complexity: 1 + (plainOf(text).match(branching) ?? []).length })
    }
  }
  const byPath = new Map(coverage?.map((file) => [file.path, file]))
  const looked = found.sort((a, b) => b.complexity - a.complexity).slice(0, mostLooked)
  const suggestions: Suggestion[] = []
  for (const { definition, complexity } of looked) {
    throwIfAborted(signal)
    const one = await suggestionOf(definition, complexity, index, byPath.get(definition.path))
    if (one) suggestions.push(one)
  }
  return suggestions.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1) || a.line - b.line).slice(0, limit)
}

async function suggestionOf(
  definition: Definition,
  complexity: number,
  index: CodeIndex,
  coverage: FileCoverage | undefined,
): Promise<Suggestion | undefined> {
  const { path, name, kind, nameLine, startLine, endLine } = definition
  const place = `${path}:${nameLine}`
  const [callers, tests] = await Promise.all([index.callers(place), index.testsOf(place)])
  const uses = callers.items.filter((use) => !isTestPath(use.path)).length
  const reached = tests.items.filter(({ confidence }) => confidence >= 0.5).length
  const uncovered = coverage ? uncoveredIn(coverage, startLine, endLine) : null
  const share = uncovered ? (uncovered.total === 0 ? 0 : uncovered.lines.length / uncovered.total) : 0
  const missing = uncovered ? Math.max(share, uncovered.branches > 0 ? 0.5 : 0) : reached === 0 ? 1 : 0
  if (missing === 0) return undefined
  const facts = [
    uncovered
      ? uncovered.lines.length === uncovered.total
        ? "none of it runs in tests"
        : `${uncovered.lines.length} of ${uncovered.total} lines don't run, ${uncovered.branches} branches aren't taken`
      : "no test reaches it",
    `complexity ${complexity}`,
    `used ${count(uses, "time")}`,
  ]
  return {
    ...{ path, line: nameLine, name: [...definition.within.slice(-1), name].join("."), kind, complexity, uses },
    tests: reached,
    uncovered: uncovered && { lines: uncovered.lines, branches: uncovered.branches },
    score: Math.round(complexity * Math.log2(2 + uses) * missing * 100) / 100,
    why: facts.join(", "),
  }
}

function uncoveredIn(coverage: FileCoverage, startLine: number, endLine: number) {
  const own = [...coverage.lines].filter(([line]) => line >= startLine && line <= endLine)
  const lines = own.filter(([, hits]) => hits === 0).map(([line]) => line)
  const branches = coverage.branches
    .filter(({ line }) => line >= startLine && line <= endLine)
    .reduce((sum, { taken, arms }) => sum + Math.max(0, arms - taken), 0)
  return { lines: lines.sort((a, b) => a - b), branches, total: own.length }
}
