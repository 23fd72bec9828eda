import { posix } from "node:path"
import type { ImportEdge } from "../code-index.ts"
import { type Finding, findingOf } from "../finding.ts"
import { isTestPath } from "../graph/families.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"
import { cyclicParts, shortestCycle } from "./cycles.ts"

const cycle = {
  id: "coupling/import-cycle",
  severity: "warning",
  explanation:
    "Files that import each other in a circle can only be understood, tested and loaded together, and names may not be there yet when a module begins to run. Move what both need into a file of its own, or turn one dependency around.",
} as const satisfies RuleAbout

const fanOutRule = {
  id: "coupling/fan-out",
  severity: "note",
  explanation:
    "A file that imports this many others may break when any of them changes. Split it, or put a smaller boundary between it and what it uses.",
} as const satisfies RuleAbout

const unstable = {
  id: "coupling/unstable-hub",
  severity: "note",
  explanation:
    "Many files depend on this one, and it depends on many itself: the instability of such a hub, fan-out / (fan-in + fan-out) (Martin 1994), should be low, since each change spreads through it. Move what the many need into a file that depends on little.",
} as const satisfies RuleAbout

/** How files hang together by their imports. */
export const coupling: ProjectAnalyzer = {
  name: "coupling",
  scope: "project",
  goesBy: "index",
  rules: [cycle, fanOutRule, unstable],
  run: couplingIn,
}

/** Fan-in from which a file is a hub, and the instability that is too much for one. */
const hubFanIn = 20
const hubInstability = 0.5

async function* couplingIn(project: ExaminedProject): AsyncGenerator<Finding> {
  const { facts, limits } = project
  const imports = await project.imports()
  const graph = new Map<string, string[]>()
  /** Without imports that are gone when the program runs. */
  const running = new Map<string, string[]>()
  const fanIn = new Map<string, number>()
  for (const [path, edges] of imports) {
    const types = new Set(facts.get(path)?.typeImports)
    const to = (kept: (edge: ImportEdge) => boolean) => [
      ...new Set(edges.filter((edge) => !isFolderWide(edge) && kept(edge)).flatMap((edge) => edge.to)),
    ]
    const all = to(() => true).filter((one) => one !== path)
    graph.set(path, all)
    running.set(path, types.size === 0 ? all : to(({ line }) => !types.has(line)).filter((one) => one !== path))
    if (!isTestPath(path)) for (const one of all) fanIn.set(one, (fanIn.get(one) ?? 0) + 1)
  }
  const parts = cyclicParts(running)
  for (const part of parts) yield await cycleFinding(project, running, part, false)
  const told = new Set(parts.flat())
  for (const part of cyclicParts(graph)) {
    if (!part.some((path) => told.has(path))) yield await cycleFinding(project, graph, part, true)
  }
  for (const [path, to] of graph) {
    if (isTestPath(path) || facts.get(path)?.isGenerated) continue
    const [out, into] = [to.length, fanIn.get(path) ?? 0]
    const about = { path, evidence: path, tags: ["coupling"] }
    if (out > limits.fanOut) {
      const message = `This file imports ${out} others of the project; the limit is ${limits.fanOut}.`
      yield findingOf({ rule: fanOutRule.id, severity: "note", explanation: fanOutRule.explanation, message, ...about })
    }
    const instability = out / (into + out)
    if (into >= hubFanIn && instability >= hubInstability) {
      const message = `${into} files import this one, and it imports ${out} itself: its instability is ${instability.toFixed(2)}.`
      yield findingOf({ rule: unstable.id, severity: "note", explanation: unstable.explanation, message, ...about })
    }
  }
}

/** An import of a whole folder (a Go package, a Java package) says nothing of a single file in it. */
const isFolderWide = (edge: ImportEdge) => edge.to.length > 1

async function cycleFinding(
  project: ExaminedProject,
  graph: ReadonlyMap<string, readonly string[]>,
  part: readonly string[],
  isOfTypes: boolean,
): Promise<Finding> {
  const imports = await project.imports()
  const way = shortestCycle(graph, part)
  const steps = way.map((path, at) => {
    const to = way[(at + 1) % way.length] ?? path
    const types = isOfTypes ? [] : (project.facts.get(path)?.typeImports ?? [])
    const edge = imports
      .get(path)
      ?.find((one) => one.to.includes(to) && !isFolderWide(one) && !types.includes(one.line))
    return { path, to, line: edge?.line ?? 1 }
  })
  const [first = { path: part[0] ?? "", to: "", line: 1 }, ...others] = steps
  const more = part.length > way.length ? ` (the shortest circle among ${part.length} files that reach each other)` : ""
  const names = [...way, first.path].join(" -> ")
  return findingOf({
    rule: cycle.id,
    severity: isOfTypes ? "note" : cycle.severity,
    path: first.path,
    message: isOfTypes
      ? `These files import each other, some of them only types: ${names}${more}.`
      : `These files import each other: ${names}${more}.`,
    evidence: await project.line(first.path, first.line),
    explanation: cycle.explanation,
    confidence: isOfTypes ? 0.6 : 0.95,
    tags: isOfTypes ? ["coupling", "types-only"] : ["coupling"],
    startLine: first.line,
    related: others.map(({ path, line, to }) => {
      const span = { startLine: line, startColumn: 1, endLine: line, endColumn: 1 }
      return { path, says: `${posix.basename(path)} imports ${posix.basename(to)}`, ...span }
    }),
  })
}
