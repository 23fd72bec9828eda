import type { FlatTree } from "../../parse/flat-tree.ts"
import type { ExaminedFile } from "../analyzer.ts"
import type { FunctionFacts } from "../facts.ts"

/** A function while its file is walked through: what was counted of it so far. */
export interface Measured {
  readonly node: number
  readonly name: string
  /** Index of the function around it, -1 for none. */
  readonly around: number
  /** How deep it stands in that function. */
  readonly level: number
  parameters: number
  nesting: number
  cyclomatic: number
  /** Its own cognitive complexity, and how many of its parts weigh more when it stands deeper. */
  cognitive: number
  structural: number
  isRecursive: boolean
}

/** The measures with their lines, functions inside others added to those. `measured` is in order of appearance. */
export function factsOf(
  file: ExaminedFile & { readonly tree: FlatTree },
  measured: readonly Measured[],
  codeLinesUpTo: Int32Array,
): FunctionFacts[] {
  const { tree, starts, text } = file
  const total = withInner(measured)
  let line = 0
  return measured.map((own, at): FunctionFacts => {
    const start = tree.start[own.node] ?? 0
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= start) line++
    let last = line
    const end = Math.max(start, (tree.end[own.node] ?? 0) - 1)
    while ((starts[last + 1] ?? Number.POSITIVE_INFINITY) <= end) last++
    const { name, parameters, nesting, cyclomatic } = own
    return {
      name,
      head: text
        .slice(starts[line], starts[line + 1] ?? text.length)
        .trim()
        .slice(0, 200),
      startLine: line + 1,
      startColumn: start - (starts[line] ?? 0) + 1,
      endLine: last + 1,
      codeLines: (codeLinesUpTo[last + 1] ?? 0) - (codeLinesUpTo[line] ?? 0),
      parameters,
      nesting,
      cyclomatic,
      cognitive: total[at] ?? 0,
      ownCognitive: own.cognitive,
      isPart: own.around >= 0 && isCountedAround(measured, own.around),
    }
  })
}

/** Cognitive complexity of each, with what the functions inside it add. */
function withInner(measured: readonly Measured[]): number[] {
  const total = measured.map(({ cognitive }) => cognitive)
  const weight = measured.map((one) => one.structural)
  // Functions inside others stand after them.
  for (let at = measured.length - 1; at >= 0; at--) {
    const own = measured[at]
    if (!own || own.around < 0 || !holdsStructure(measured, own.around)) continue
    total[own.around] = (total[own.around] ?? 0) + (total[at] ?? 0) + own.level * (weight[at] ?? 0)
    weight[own.around] = (weight[own.around] ?? 0) + (weight[at] ?? 0)
  }
  return total
}

/** A function that only defines others is no reason to count them together: JavaScript's modules and factories. */
const holdsStructure = (measured: readonly Measured[], at: number) => (measured[at]?.structural ?? 0) > 0

function isCountedAround(measured: readonly Measured[], around: number): boolean {
  for (let at = around; at >= 0; at = measured[at]?.around ?? -1) if (holdsStructure(measured, at)) return true
  return false
}
