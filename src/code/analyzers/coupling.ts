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
    "A file that imports so many others breaks when any of them changes. Split it, or put a smaller boundary between it and what it uses.",
} as const satisfies RuleAbout

const unstable = {
  id: "coupling/unstable-hub",
  severity: "note",
  explanation:
    "Many files depend on this one, and it depends on many itself: instability I = fan-out / (fan-in + fan-out) (Martin 1994) of such a hub should be low, since each change passes through it. Move what the many need into a file that depends on little.",
} as const satisfies RuleAbout

/** How files hang together by their imports. */
export const coupling: ProjectAnalyzer = {
  name: "coupling",
  scope: "project",
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
  const fanIn = new Map<string, number>()
  for (const [path, edges] of imports) {
    const to = new Set(edges.filter((edge) => !isFolderWide(edge)).flatMap((edge) => edge.to))
    to.delete(path)
    graph.set(path, [...to])
    if (!isTestPath(path)) for (const one of to) fanIn.set(one, (fanIn.get(one) ?? 0) + 1)
  }
  yield* cycles(project, graph, imports)
  for (const [path, to] of graph) {
    if (isTestPath(path) || facts.get(path)?.isGenerated) continue
    const [out, into] = [to.length, fanIn.get(path) ?? 0]
    const about = { path, evidence: path, tags: ["coupling"] }
    if (out > limits.fanOut) {
      const message = `It imports ${out} files of the project; ${limits.fanOut} are the limit.`
      yield findingOf({ rule: fanOutRule.id, severity: "note", explanation: fanOutRule.explanation, message, ...about })
    }
    const instability = out / (into + out)
    if (into >= hubFanIn && instability >= hubInstability) {
      const message = `${into} files import it and it imports ${out}: its instability is ${instability.toFixed(2)}.`
      yield findingOf({ rule: unstable.id, severity: "note", explanation: unstable.explanation, message, ...about })
    }
  }
}

/** An import of a whole folder (a Go package, a Java package) says nothing of a single file in it. */
const isFolderWide = (edge: ImportEdge) => edge.to.length > 1

async function* cycles(
  project: ExaminedProject,
  graph: ReadonlyMap<string, readonly string[]>,
  imports: ReadonlyMap<string, readonly ImportEdge[]>,
): AsyncGenerator<Finding> {
  for (const part of cyclicParts(graph)) {
    const way = shortestCycle(graph, part)
    const steps = await Promise.all(
      way.map(async (path, at) => {
        const to = way[(at + 1) % way.length] ?? path
        const edge = imports.get(path)?.find((one) => one.to.includes(to) && !isFolderWide(one))
        const line = edge?.line ?? 1
        return { path, to, line, text: await project.line(path, line) }
      }),
    )
    const [first, ...others] = steps
    if (!first) continue
    // Types are gone when the program runs.
    const isOfTypes = steps.some(({ text }) => /^(?:import|export)\s+type\b|TYPE_CHECKING/.test(text))
    const more = part.length > way.length ? ` (the shortest way among ${part.length} files that reach each other)` : ""
    yield findingOf({
      rule: cycle.id,
      severity: isOfTypes ? "note" : cycle.severity,
      path: first.path,
      message: `These files import each other: ${[...way, first.path].join(" -> ")}${more}.`,
      evidence: first.text,
      explanation: cycle.explanation,
      confidence: isOfTypes ? 0.6 : 0.95,
      tags: isOfTypes ? ["coupling", "types-only"] : ["coupling"],
      startLine: first.line,
      related: others.map(({ path, line, to }) => {
        const span = { startLine: line, startColumn: 1, endLine: line, endColumn: 1 }
        return { path, says: `imports ${to}`, ...span }
      }),
    })
  }
}
