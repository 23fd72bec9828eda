import { throwIfAborted } from "../../base/signal.ts"
import type { Definition, Dependant, ImpactAnswer, ImpactOptions, TestOf } from "../code-index.ts"
import type { View } from "../index/view.ts"
import { linesOf } from "../search/passage.ts"
import { isTestPath } from "./families.ts"
import type { Relations } from "./relations.ts"
import type { Target, TargetSymbol } from "./target.ts"
import { testsOf } from "./tests-of.ts"

const leastConfidence = 0.25

/**
 * What depends on a target: those that use it, those that use these, and so on, nearest first. A file as a target is what
 * it defines and what imports it. Each dependant is reached once, by its first and surest edge.
 */
export async function impactOf(
  view: View,
  relations: Relations,
  target: Target,
  { depth = 3, limit = 200, signal }: ImpactOptions,
): Promise<Omit<ImpactAnswer, "freshness">> {
  const targets = target.symbols.map((symbol) => relations.definition(symbol)).filter((one) => one !== undefined)
  const dependants: Dependant[] = []
  const seen = new Set(targets.map(keyOf))
  const seenPaths = new Set(target.paths)
  let isTruncated = false
  let frontier: { symbols: TargetSymbol[]; paths: string[] } = {
    symbols: [...target.symbols],
    paths: [...target.paths],
  }
  for (let level = 1; level <= depth && (frontier.symbols.length > 0 || frontier.paths.length > 0); level++) {
    const next: typeof frontier = { symbols: [], paths: [] }
    const add = (dependant: Dependant) => {
      const key = dependant.definition ? keyOf(dependant.definition) : dependant.path
      if (seen.has(key) || (!dependant.definition && seenPaths.has(dependant.path))) return
      if (dependants.length >= limit) {
        isTruncated = true
        return
      }
      seen.add(key)
      dependants.push(dependant)
      if (dependant.definition) {
        const symbol = locate(view, dependant.definition)
        if (symbol) next.symbols.push(symbol)
      } else {
        seenPaths.add(dependant.path)
        next.paths.push(dependant.path)
      }
    }
    const steps: Target[] = [
      ...frontier.symbols.map((symbol) => ({ symbols: [symbol], paths: [] })),
      ...frontier.paths.map((path) => ({ symbols: [], paths: [path] })),
    ]
    for (const step of steps) {
      if (isTruncated) break
      await new Promise((resolve) => setImmediate(resolve))
      throwIfAborted(signal)
      for (const use of relations.uses(step)) {
        if (use.confidence < leastConfidence || (use.from && keyOf(use.from) === keyOf(use.to))) continue
        // Of a file that only imports or runs something at its top, what matters are those that import it in turn;
        // only of the target itself is each definition of a file followed.
        if (step.paths.length > 0 && level > 1 && !use.to.isExported) continue
        const { confidence, reason, kind, line, text } = use
        const on = use.to.within.length > 0 ? `${use.to.within.join(".")}.${use.to.name}` : use.to.name
        add({ path: use.path, definition: use.from, depth: level, via: { confidence, reason, kind, line, text, on } })
      }
      for (const path of step.paths) {
        for (const edge of relations.importersOf(path)) {
          const text = (linesOf(view.text(view.tree.get(edge.path)?.content ?? 0) ?? "")[edge.line - 1] ?? "").trim()
          const via = {
            confidence: 0.95,
            reason: `imports ${path}`,
            kind: "import" as const,
            line: edge.line,
            text,
            on: path,
          }
          add({ path: edge.path, definition: null, depth: level, via })
        }
      }
    }
    frontier = next
  }
  return {
    targets,
    targetPaths: target.paths,
    dependants,
    tests: withIndirect(testsOf(view, relations, target), dependants),
    isTruncated,
  }
}

/** The target's own tests, then test files that reach it through what depends on it. */
function withIndirect(own: readonly TestOf[], dependants: readonly Dependant[]): TestOf[] {
  const byPath = new Map(own.map((test) => [test.path, test]))
  for (const { path, definition, via } of dependants) {
    if (!isTestPath(path) || byPath.has(path)) continue
    const tests = definition ? [definition] : []
    byPath.set(path, { path, tests, confidence: via.confidence, reason: `reaches it through ${via.on}` })
  }
  return [...byPath.values()]
}

const keyOf = ({ path, nameLine, name }: Definition): string => `${path}:${nameLine}:${name}`

function locate(view: View, { path, nameLine, name }: Definition): TargetSymbol | undefined {
  const content = view.tree.get(path)?.content ?? 0
  const index = (view.outline(content)?.symbols ?? []).findIndex((s) => s.nameLine === nameLine && s.name === name)
  return index < 0 ? undefined : { path, content, index }
}
