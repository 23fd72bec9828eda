import { findClones } from "../../src/code/analyzers/clones.ts"
import type { FileFacts, FunctionFacts } from "../../src/code/analyzers/facts.ts"
import { defaultLimits } from "../../src/code/analyzers/limits.ts"
import type { Row } from "../machine.ts"
import type { Message } from "./eslint-measures.ts"
import { judgedRow, percent } from "./judged.ts"
import type { Clone } from "./peers.ts"

type Facts = ReadonlyMap<string, FileFacts>

/** Functions that nest too deep or take too many parameters, to us and to ESLint under the same limits. */
export function limitRows(facts: Facts, messages: readonly Message[]): Row[] {
  const rules = [
    ["size/nesting", "max-depth", (one: FunctionFacts) => one.nesting > defaultLimits.nesting],
    ["size/parameters", "max-params", (one: FunctionFacts) => one.parameters > defaultLimits.parameters],
  ] as const
  return rules.map(([ours, theirs, isOver]) => {
    const told = new Set(
      messages.filter(({ rule }) => rule === theirs).map(({ path, line }) => functionAt(facts, path, line)),
    )
    const all = [...facts.values()].flatMap(({ functions }) => functions)
    return judgedRow(
      `${ours}, beside ESLint's ${theirs} on the same functions`,
      all.map((one) => ({ isBad: told.has(one), isFound: isOver(one) })),
    )
  })
}

/** The innermost function with a line in it. */
function functionAt(facts: Facts, path: string, line: number): FunctionFacts | undefined {
  return facts.get(path)?.functions.findLast(({ startLine, endLine }) => startLine <= line && line <= endLine)
}

/** Lines of a copy that the other one has to know as copied, too. */
const leastShare = 0.7

/** Copies of the same tokens, to us and to jscpd with the same least size. */
export function cloneRows(facts: Facts, theirs: readonly Clone[], pathOf: (name: string) => string): Row[] {
  const { duplicateTokens: leastTokens, renamedTokens: leastRenamed, duplicateLines: leastLines } = defaultLimits
  const sources = [...facts].map(([path, { tokens }]) => ({ path, tokens }))
  const ours = findClones(sources, { leastTokens, leastRenamed, leastLines })
  const [known, told] = [coverage(), coverage()]
  for (const { path, startLine, endLine, original } of ours) {
    known.add(path, startLine, endLine)
    known.add(original.path, original.startLine, original.endLine)
  }
  for (const { firstFile, secondFile } of theirs)
    for (const { name, start, end } of [firstFile, secondFile]) told.add(pathOf(name), start, end)
  // Ours leaves imports out.
  const asked = theirs.filter(({ firstFile: { name, start, end } }) => {
    const lines = facts.get(pathOf(name))?.tokens.line ?? new Int32Array(0)
    return lines.filter((line) => start <= line && line <= end).length >= leastTokens
  })
  // The end of a second place that jscpd names lies before its start now and then; the first place is right.
  const found = asked.filter(
    ({ firstFile: { name, start, end } }) => known.share(pathOf(name), start, end) >= leastShare,
  )
  const exact = ours.filter(({ type }) => type === 1)
  const shared = exact.filter(({ path, startLine, endLine }) => told.share(path, startLine, endLine) >= leastShare)
  return [
    {
      what: `duplicate/exact beside jscpd, from ${leastTokens} tokens and ${leastLines} lines on`,
      value: `of its ${asked.length} ours are ${percent(found.length, asked.length)}, of our ${exact.length} its are ${percent(shared.length, exact.length)}; renamed ones, which it does not look for: ${ours.length - exact.length}`,
    },
  ]
}

function coverage() {
  const lines = new Map<string, Set<number>>()
  return {
    add(path: string, from: number, to: number) {
      const known = lines.get(path) ?? new Set()
      lines.set(path, known)
      for (let line = from; line <= to; line++) known.add(line)
    },
    share(path: string, from: number, to: number): number {
      let known = 0
      for (let line = from; line <= to; line++) if (lines.get(path)?.has(line)) known++
      return known / Math.max(1, to - from + 1)
    },
  }
}
