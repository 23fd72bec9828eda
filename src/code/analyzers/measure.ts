import type { FlatTree } from "../parse/flat-tree.ts"
import type { ExaminedFile } from "./analyzer.ts"
import type { FunctionFacts } from "./facts.ts"
import { functionName } from "./function-name.ts"
import { Kind, type Kinds, kindOf } from "./kinds.ts"
import { hasLabel, isAlternative, isDefaultCase, isFurtherBranch, isPlainElse } from "./measure/branches.ts"
import { factsOf, type Measured } from "./measure/measured.ts"
import { countOperators, type OperatorCounts } from "./measure/operators.ts"
import { elixirArity, parameterOwner, parametersIn } from "./measure/parameters.ts"
import { isCallOfItself } from "./measure/recursion.ts"

const structural = Kind.if | Kind.elseIf | Kind.ternary | Kind.loop | Kind.switch | Kind.catch
const flow = structural | Kind.case | Kind.else | Kind.goto | Kind.jump
const parts = Kind.binary | Kind.call | Kind.parameters

/** One way through a tree, in the order of its nodes. */
interface Walk {
  readonly tree: FlatTree
  readonly kinds: Kinds
  readonly measured: Measured[]
  readonly operators: OperatorCounts
  /** For what stands in a node: its function, its level for cognitive complexity, and how many structures it is in. */
  readonly inFunction: Int32Array
  readonly levels: Int16Array
  readonly depths: Int16Array
  /** Id of the field. */
  readonly condition: number | undefined
}

/**
 * The measures of every function of a file. Cyclomatic complexity after McCabe (1976), with boolean operators counted;
 * cognitive complexity after Campbell, "Cognitive Complexity" (SonarSource, 2018), of recursion only what calls itself.
 */
export function measureFunctions(
  file: ExaminedFile & { readonly tree: FlatTree },
  kinds: Kinds,
  codeLinesUpTo: Int32Array,
): FunctionFacts[] {
  const { tree } = file
  if (!kinds.syntax) return []
  const walk: Walk = {
    tree,
    kinds,
    measured: [],
    operators: countOperators(tree, kinds.syntax),
    inFunction: new Int32Array(tree.count).fill(-1),
    levels: new Int16Array(tree.count),
    depths: new Int16Array(tree.count),
    condition: tree.fieldIds.get("condition"),
  }
  const { measured, operators, inFunction } = walk
  for (let node = 0; node < tree.count; node++) {
    const bits = kindOf(kinds, tree, node)
    inherit(walk, node)
    if (bits & Kind.function) beginFunction(walk, node, bits)
    else if (bits & Kind.class) place(walk, node, -1)
    else {
      const own = measured[inFunction[node] ?? -1]
      if (own) count(walk, node, bits, own)
    }
  }
  operators.finish()
  for (const own of measured) if (own.isRecursive) own.cognitive++
  return factsOf(file, measured, codeLinesUpTo)
}

/** A node stands where its parent does, until it says otherwise. */
function inherit({ tree, kinds, inFunction, levels, depths, condition }: Walk, node: number): void {
  const parent = tree.parentOf(node)
  if (parent < 0) return
  const level = levels[parent] ?? 0
  // A condition is worked out before its structure is entered.
  const isBefore =
    condition !== undefined && tree.field[node] === condition && kindOf(kinds, tree, parent) & structural && level > 0
  inFunction[node] = inFunction[parent] ?? -1
  levels[node] = isBefore ? level - 1 : level
  depths[node] = depths[parent] ?? 0
}

/** What stands in the node is of this function, and begins anew. */
function place({ inFunction, levels, depths }: Walk, node: number, inside: number): void {
  inFunction[node] = inside
  levels[node] = 0
  depths[node] = 0
}

function beginFunction(walk: Walk, node: number, bits: number): void {
  const { tree, measured, inFunction, levels } = walk
  const around = inFunction[node] ?? -1
  // In Elixir a `def` that is an argument of another call defines nothing here.
  if (around >= 0 && bits & Kind.call && tree.type(tree.parentOf(node)) === "arguments") return
  const length = measured.push({
    node,
    name: functionName(tree, node),
    around,
    level: around < 0 ? 0 : (levels[node] ?? 0) + 1,
    parameters: bits & Kind.call ? elixirArity(tree, node) : 0,
    nesting: 0,
    cyclomatic: 1,
    cognitive: 0,
    structural: 0,
    isRecursive: false,
  })
  place(walk, node, length - 1)
}

function count(walk: Walk, node: number, bits: number, own: Measured): void {
  const { tree, kinds } = walk
  if (!(bits & Kind.if) && isAlternative(tree, kinds, node)) own.cognitive++
  if (bits & flow) countFlow(walk, node, bits, own)
  if (bits & parts) countParts(walk, node, bits, own)
}

function countFlow(walk: Walk, node: number, bits: number, own: Measured): void {
  const { tree, kinds } = walk
  if (bits & structural) countStructure(walk, node, bits, own)
  if (bits & Kind.case && !isDefaultCase(tree, node)) own.cyclomatic++
  if (bits & Kind.else && isPlainElse(tree, kinds, node)) own.cognitive++
  if (bits & Kind.goto || (bits & Kind.jump && hasLabel(tree, node, kinds.language))) own.cognitive++
}

function countStructure({ tree, kinds, levels, depths }: Walk, node: number, bits: number, own: Measured): void {
  if (bits & ~Kind.switch & structural) own.cyclomatic++
  if (isFurtherBranch(tree, kinds, node, bits)) {
    own.cognitive++
    return
  }
  const level = levels[node] ?? 0
  own.cognitive += 1 + level
  own.structural++
  levels[node] = level + 1
  const depth = (depths[node] ?? 0) + (bits & Kind.ternary ? 0 : 1)
  depths[node] = depth
  own.nesting = Math.max(own.nesting, depth)
}

function countParts({ tree, kinds, operators }: Walk, node: number, bits: number, own: Measured): void {
  if (bits & Kind.binary) operators.add(node, own)
  if (bits & Kind.call) own.isRecursive ||= isCallOfItself(tree, kinds, node, own)
  if (bits & Kind.parameters && own.parameters === 0 && parameterOwner(tree, kinds, node) === own.node) {
    own.parameters = parametersIn(tree, kinds, node)
  }
}
