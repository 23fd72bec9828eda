import { readFileSync } from "node:fs"
import { join } from "node:path"
import { lineStarts } from "../../src/base/text.ts"
import type { FileFacts, FunctionFacts } from "../../src/code/analyzers/facts.ts"
import type { Row } from "../machine.ts"
import { Counted, type Message } from "./eslint-measures.ts"

/** A function with our measures and theirs. */
interface Pair {
  readonly path: string
  readonly ours: FunctionFacts
  readonly cyclomatic: number | undefined
  /** Undefined where sonarjs says nothing: it is 0. */
  readonly cognitive: number | undefined
  readonly counted: Counted | undefined
}

/** Share of functions whose values are the same, and why the others are not. */
export function valueRows(root: string, facts: ReadonlyMap<string, FileFacts>, messages: readonly Message[]): Row[] {
  const pairs = pairsOf(root, facts, messages)
  const measured = pairs.filter(({ cyclomatic }) => cyclomatic !== undefined)
  const decisions = ({ counted }: Pair) => (counted ? counted.defaults + counted.chains + counted.assigned : Number.NaN)
  const cyclomatic = tally(measured, ({ ours, cyclomatic: theirs = 0, ...pair }) => {
    if (ours.cyclomatic === theirs) return "equal"
    const isExplained = ours.cyclomatic + decisions({ ours, cyclomatic: theirs, ...pair }) === theirs
    return isExplained ? "default values, optional chains and logical assignments decide for ESLint only" : "other"
  })
  const cognitive = tally(measured, ({ ours, cognitive: theirs = 0, counted }) => {
    if (ours.ownCognitive === theirs) return "equal"
    if (ours.ownCognitive < theirs) return "other"
    return counted && counted.ors > 0
      ? "sequences of || count for us only"
      : ours.ownCognitive === theirs + 1
        ? "recursion counts for us only"
        : "other"
  })
  const inner = measured.filter(({ ours }) => ours.cognitive !== ours.ownCognitive).length
  return [
    { what: "cyclomatic complexity, beside ESLint's complexity", value: cyclomatic },
    { what: "cognitive complexity of functions by themselves, beside sonarjs's", value: cognitive },
    {
      what: "functions whose cognitive complexity has that of others inside in it, by definition; sonarjs gives each by itself",
      value: `${inner} of ${measured.length}`,
    },
  ]
}

function tally(pairs: readonly Pair[], reason: (pair: Pair) => string): string {
  const counts = new Map<string, number>()
  for (const pair of pairs) {
    const why = reason(pair)
    counts.set(why, (counts.get(why) ?? 0) + 1)
    if (why === "other" && process.env.DUCK_BENCH_SHOW) console.error(JSON.stringify(pair))
  }
  const share = (count: number) => `${((count / Math.max(1, pairs.length)) * 100).toFixed(1)} %`
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([why, count]) => `${why} ${share(count)}`)
  return `${parts.join("; ")} (${pairs.length} functions)`
}

/** Theirs is told at a function's name, its arrow or its start: it is of the last function that begins before that. */
function pairsOf(root: string, facts: ReadonlyMap<string, FileFacts>, messages: readonly Message[]): Pair[] {
  const pairs: Pair[] = []
  for (const [path, own] of Map.groupBy(messages, ({ path }) => path)) {
    const text = readFileSync(join(root, path), "utf8")
    const starts = lineStarts(text)
    const offset = (line: number, column: number) => (starts[line - 1] ?? 0) + column - 1
    const functions = (facts.get(path)?.functions ?? [])
      .map((one) => ({ one, from: offset(one.startLine, one.startColumn) }))
      .sort((a, b) => a.from - b.from)
    const theirs = new Map<FunctionFacts, { cyclomatic?: number; cognitive?: number; counted?: Counted }>()
    for (const { line, column, endLine, endColumn, rule, says } of own) {
      const key = keys[rule]
      if (key === undefined) continue
      const end = offset(endLine, endColumn)
      const upToFunction = /^\s*\??\s*[:=]\s*(?:async\s+)?/.exec(text.slice(end, end + 80))?.[0].length ?? 0
      const at = key === "counted" ? offset(line, column) : end + upToFunction
      const found = functions.findLast(({ from }) => from <= at)
      if (!found || theirs.get(found.one)?.[key] !== undefined) continue
      const value =
        key === "counted"
          ? Counted.parse(JSON.parse(says))
          : Number(/(?:complexity of|Complexity from) (\d+)/.exec(says)?.[1])
      theirs.set(found.one, { ...theirs.get(found.one), [key]: value })
    }
    for (const [ours, { cyclomatic, cognitive, counted }] of theirs) {
      pairs.push({ path, ours, cyclomatic, cognitive, counted })
    }
  }
  return pairs
}

const keys: Readonly<Record<string, "cyclomatic" | "cognitive" | "counted">> = {
  complexity: "cyclomatic",
  "sonarjs/cognitive-complexity": "cognitive",
  "own/counting": "counted",
}
