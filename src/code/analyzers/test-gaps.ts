import { posix } from "node:path"
import { count } from "../../base/text.ts"
import type { Definition, ImportEdge } from "../code-index.ts"
import { type Finding, findingOf } from "../finding.ts"
import { isTestPath, testedName } from "../graph/families.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"

const untested = {
  id: "tests/untested",
  severity: "note",
  explanation:
    "As far as the index can tell no test uses this, although it makes decisions and other code relies on it. Write one that calls it, sooner the more decisions and users it has (weight = cyclomatic complexity x (1 + files that use it)).",
} as const satisfies RuleAbout

/** Exported functions that no test reaches, those first that decide much and are used much. */
export const testGaps: ProjectAnalyzer = {
  name: "test-gaps",
  scope: "project",
  goesBy: "index",
  rules: [untested],
  run: testGapsIn,
}

/** A simple function that nobody uses is not worth a word. */
const leastWeight = 8
const most = 50

async function* testGapsIn(project: ExaminedProject, signal: AbortSignal): AsyncGenerator<Finding> {
  const { facts } = project
  const tests = [...facts].filter(([path]) => isTestPath(path))
  // A project without tests has one gap, and knows it.
  if (tests.length === 0) return
  const tested = new Set<string>()
  for (const [, file] of tests) for (const name of file.names.keys()) tested.add(name)
  // The index's tests of a definition are those that name it, import its file or are named after that. No test names what
  // is left here, so only the other two are to be asked for, which is a thousand times quicker.
  const testedFiles = new Set(tests.map(([path]) => testedName(path)?.toLowerCase()))
  const importers = importersOf(await project.imports())
  const gaps: { one: Definition; weight: number; cyclomatic: number; users: number }[] = []
  for (const [path, file] of facts) {
    if (isTestPath(path) || file.isGenerated || file.functions.length === 0) continue
    const byLine = new Map(file.functions.map((one) => [`${one.startLine} ${one.name}`, one]))
    for (const one of await project.outline(path)) {
      if (!one.isExported || !/^(?:function|method)$/.test(one.kind) || tested.has(one.name)) continue
      const measured = byLine.get(`${one.nameLine} ${one.name}`) ?? byLine.get(`${one.startLine} ${one.name}`)
      if (!measured) continue
      const users = importers.get(path)?.filter((by) => facts.get(by)?.names.has(one.name)).length ?? 0
      const weight = measured.cyclomatic * (1 + users)
      if (weight >= leastWeight) gaps.push({ one, weight, cyclomatic: measured.cyclomatic, users })
    }
  }
  gaps.sort((a, b) => b.weight - a.weight)
  for (const { one, weight, cyclomatic, users } of gaps.slice(0, most)) {
    signal.throwIfAborted()
    const isNear = testedFiles.has(nameOf(one.path)) || (importers.get(one.path)?.some(isTestPath) ?? false)
    yield findingOf({
      rule: untested.id,
      severity: untested.severity,
      path: one.path,
      message: `No test names ${one.name} (cyclomatic complexity ${cyclomatic}, used in ${count(users, "other file")}, weight ${weight}).`,
      evidence: one.signature,
      explanation: untested.explanation,
      // A test of its file may reach it through what it does name.
      confidence: isNear ? 0.4 : 0.6,
      tags: ["tests"],
      startLine: one.nameLine,
    })
  }
}

const nameOf = (path: string): string =>
  posix
    .basename(path)
    .replace(/\.[^.]+$/, "")
    .toLowerCase()

/** The files that import each file. */
function importersOf(imports: ReadonlyMap<string, readonly ImportEdge[]>): Map<string, string[]> {
  const importers = new Map<string, string[]>()
  for (const [path, edges] of imports)
    for (const to of new Set(edges.flatMap((edge) => edge.to))) importers.set(to, [...(importers.get(to) ?? []), path])
  return importers
}
