import type { FlatTree } from "../parse/flat-tree.ts"
import type { ExaminedFile } from "./analyzer.ts"
import type { FunctionFacts } from "./facts.ts"
import { functionName } from "./function-name.ts"
import { Kind, type Kinds, kindOf } from "./kinds.ts"

interface Measured {
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

const structural = Kind.if | Kind.elseIf | Kind.ternary | Kind.loop | Kind.switch | Kind.catch
const decides = structural | Kind.binary | Kind.case | Kind.else | Kind.goto | Kind.jump | Kind.call | Kind.parameters
const isAll = /^(?:default\b|case\s+_\s*:|_\s*(?:=>|->)|true\s*->|\*\))/

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
  const { syntax } = kinds
  if (!syntax) return []
  const measured: Measured[] = []
  // For what stands in a node: its function, its level for cognitive complexity, and how many structures it is in.
  const inFunction = new Int32Array(tree.count).fill(-1)
  const levels = new Int16Array(tree.count)
  const depths = new Int16Array(tree.count)
  const sequences = new Map<number, { function: number; operators: [number, string][] }>()
  const sequenceOf = new Map<number, number>()
  const condition = tree.fieldIds.get("condition")
  const alternative = tree.fieldIds.get("alternative")

  for (let node = 0; node < tree.count; node++) {
    const parent = tree.parent[node] ?? -1
    const bits = kindOf(kinds, tree, node)
    let current = parent < 0 ? -1 : (inFunction[parent] ?? -1)
    let level = parent < 0 ? 0 : (levels[parent] ?? 0)
    let depth = parent < 0 ? 0 : (depths[parent] ?? 0)
    const parentBits = parent < 0 ? 0 : kindOf(kinds, tree, parent)
    const field = tree.field[node] ?? 0
    if (field !== 0 && field === condition && parentBits & structural && level > 0) level--

    if (bits & Kind.function) {
      const isNamedHere = current < 0 || !(bits & Kind.call) || tree.type(parent) !== "arguments"
      if (isNamedHere) {
        const measure = {
          node,
          name: functionName(tree, node),
          around: current,
          level: current < 0 ? 0 : level + 1,
          ...{ parameters: 0, nesting: 0, cyclomatic: 1, cognitive: 0, structural: 0, isRecursive: false },
        }
        if (bits & Kind.call) measure.parameters = elixirArity(tree, node)
        current = measured.push(measure) - 1
        level = 0
        depth = 0
      }
    } else if (bits & Kind.class) {
      current = -1
      level = 0
      depth = 0
    } else {
      const own = measured[current]
      const isElse =
        field !== 0 &&
        field === alternative &&
        (parentBits & (Kind.if | Kind.elseIf)) !== 0 &&
        syntax.elses === undefined
      if (own && isElse && !(bits & Kind.if)) own.cognitive++
      if (own && bits & decides) {
        if (bits & structural) {
          const isFurther =
            (bits & Kind.elseIf) !== 0 || ((bits & Kind.if) !== 0 && (isElse || isOnlyElse(parentBits, node, parent)))
          if (bits & ~Kind.switch & structural) own.cyclomatic++
          if (isFurther) own.cognitive++
          else {
            own.cognitive += 1 + level
            own.structural++
            level++
            if (!(bits & Kind.ternary)) depth++
            own.nesting = Math.max(own.nesting, depth)
          }
        }
        if (bits & Kind.case && !isAll.test(startOf(tree, node))) own.cyclomatic++
        if (bits & Kind.else && isElseOfIf(tree, kinds, parent) && !(firstBits(tree, kinds, node) & Kind.if))
          own.cognitive++
        if (bits & Kind.goto || (bits & Kind.jump && hasLabel(tree, node, kinds.language))) own.cognitive++
        if (bits & Kind.binary) countOperator(node, parent, current, own)
        if (bits & Kind.call && !own.isRecursive) countCall(node, own, parentBits)
        if (bits & Kind.parameters && own.parameters === 0 && parameterOwner(tree, kinds, node) === own.node) {
          own.parameters = parametersIn(tree, kinds, node)
        }
      }
    }
    inFunction[node] = current
    levels[node] = level
    depths[node] = depth
  }
  for (const { function: at, operators } of sequences.values()) {
    const own = measured[at]
    operators.sort((a, b) => a[0] - b[0])
    if (own)
      for (const [n, [, operator]] of operators.entries()) if (operator !== operators[n - 1]?.[1]) own.cognitive++
  }
  for (const own of measured) if (own.isRecursive) own.cognitive++
  return factsOf(file, measured, codeLinesUpTo)

  /** `else { if … }` in a block of its own is no further branch; `else if` is. */
  function isOnlyElse(parentBits: number, node: number, parent: number): boolean {
    return (
      (parentBits & Kind.else) !== 0 &&
      tree.firstChild(parent) === node &&
      isElseOfIf(tree, kinds, tree.parentOf(parent)) &&
      kinds.language !== "python" &&
      kinds.language !== "ruby" &&
      kinds.language !== "lua" &&
      kinds.language !== "bash"
    )
  }

  function countOperator(node: number, parent: number, current: number, own: Measured): void {
    const operator = operatorOf(tree, node)
    const isBoolean = syntax?.booleans.includes(operator) === true
    if (!isBoolean && syntax?.defaulting?.includes(operator) !== true) return
    own.cyclomatic++
    if (!isBoolean) return
    let up = parent
    while (tree.type(up).startsWith("parenthesized")) up = tree.parentOf(up)
    const top = sequenceOf.get(up) ?? node
    sequenceOf.set(node, top)
    const sequence = sequences.get(top) ?? { function: current, operators: [] }
    sequences.set(top, sequence)
    sequence.operators.push([
      tree.end[tree.firstChild(node)] ?? 0,
      operator === "and" ? "&&" : operator === "or" ? "||" : operator,
    ])
  }

  function countCall(node: number, own: Measured, parentBits: number): void {
    if (own.name === "(anonymous)") return
    // The head of an Elixir function looks like a call of it.
    if (kinds.language === "elixir" && parentBits & Kind.arguments) {
      const head = tree.parentOf(tree.parentOf(node))
      if (head === own.node || tree.parentOf(tree.parentOf(head)) === own.node) return
    }
    const callee = calleeOf(tree, node)
    const name = callee.slice(Math.max(callee.lastIndexOf("."), callee.lastIndexOf(":"), callee.lastIndexOf(">")) + 1)
    const before = callee.slice(0, callee.length - name.length)
    if (name === own.name && /^(?:|(?:this|self|Self|\$this|static|@)(?:\.|::|->)?)$/.test(before))
      own.isRecursive = true
  }
}

function factsOf(file: ExaminedFile & { tree: FlatTree }, measured: readonly Measured[], codeLinesUpTo: Int32Array) {
  const { tree, starts, text } = file
  // Functions inside others stand after them.
  const total = measured.map(({ cognitive }) => cognitive)
  const weight = measured.map((one) => one.structural)
  for (let at = measured.length - 1; at >= 0; at--) {
    const own = measured[at]
    if (!own || own.around < 0 || !holdsStructure(measured, own.around)) continue
    total[own.around] = (total[own.around] ?? 0) + (total[at] ?? 0) + own.level * (weight[at] ?? 0)
    weight[own.around] = (weight[own.around] ?? 0) + (weight[at] ?? 0)
  }
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
      isPart: own.around >= 0 && isCountedAround(measured, own.around),
    }
  })
}

/** A function that only defines others is no reason to count them together: JavaScript's modules and factories. */
const holdsStructure = (measured: readonly Measured[], at: number) => (measured[at]?.structural ?? 0) > 0

function isCountedAround(measured: readonly Measured[], around: number): boolean {
  for (let at = around; at >= 0; at = measured[at]?.around ?? -1) if (holdsStructure(measured, at)) return true
  return false
}

const startOf = (tree: FlatTree, node: number): string =>
  tree.text.slice(tree.start[node], (tree.start[node] ?? 0) + 20)

function firstBits(tree: FlatTree, kinds: Kinds, node: number): number {
  const first = tree.firstChild(node)
  const isShort =
    kinds.language === "python" || kinds.language === "ruby" || kinds.language === "lua" || kinds.language === "bash"
  return first < 0 || isShort ? 0 : kindOf(kinds, tree, first)
}

function isElseOfIf(tree: FlatTree, kinds: Kinds, parent: number): boolean {
  const up = tree.type(parent) === "do_block" ? tree.parentOf(parent) : parent
  return up >= 0 && (kindOf(kinds, tree, up) & (Kind.if | Kind.elseIf)) !== 0
}

function hasLabel(tree: FlatTree, node: number, language: string): boolean {
  const types = language === "rust" ? ["label"] : ["statement_identifier", "label_name", "identifier"]
  return tree.childOfType(node, ...types) >= 0
}

/** What stands between the first and the second operand. */
function operatorOf(tree: FlatTree, node: number): string {
  const left = tree.firstChild(node)
  if (left < 0) return ""
  const from = tree.end[left] ?? 0
  let right = tree.after[left] ?? 0
  while (tree.type(right).includes("comment")) right = tree.after[right] ?? 0
  return /^\s*(&&|\|\||\?\?|and\b|or\b)/.exec(tree.text.slice(from, tree.start[right]))?.[1] ?? ""
}

const calleeFields = ["function", "name", "method", "target"] as const

function calleeOf(tree: FlatTree, node: number): string {
  const object = tree.child(node, "object")
  const receiver = object >= 0 ? object : tree.child(node, "receiver")
  for (const field of calleeFields) {
    const callee = tree.child(node, field)
    if (callee < 0) continue
    if (receiver >= 0 && field !== "function") return `${tree.source(receiver)}.${tree.source(callee)}`
    return (tree.end[callee] ?? 0) - (tree.start[callee] ?? 0) > 100 ? "" : tree.source(callee)
  }
  const first = tree.firstChild(node)
  return first >= 0 && (tree.end[first] ?? 0) - (tree.start[first] ?? 0) < 100 ? tree.source(first) : ""
}

/** `def name(a, b) when c`: what is in the brackets of the head. */
function elixirArity(tree: FlatTree, node: number): number {
  let head = tree.firstChild(tree.childOfType(node, "arguments"))
  if (tree.type(head) === "binary_operator") head = tree.firstChild(head)
  return tree.children(tree.childOfType(head, "arguments")).length
}

/** The function whose parameters these are: a C declarator stands between them; a Go receiver or result is none. */
function parameterOwner(tree: FlatTree, kinds: Kinds, node: number): number {
  const name = [...tree.fieldIds].find(([, id]) => id === tree.field[node])?.[0]
  if (name === "receiver" || name === "result") return -1
  let up = tree.parentOf(node)
  while (/declarator$/.test(tree.type(up))) up = tree.parentOf(up)
  return up >= 0 && kindOf(kinds, tree, up) & Kind.function ? up : -1
}

function parametersIn(tree: FlatTree, kinds: Kinds, node: number): number {
  let count = 0
  for (const child of tree.children(node)) {
    const bits = kindOf(kinds, tree, child)
    const source = tree.source(child)
    if (bits & (Kind.comment | Kind.notParameter)) continue
    if (/^(?:self|cls|&self|&mut self|void|this\s*:.*|\*|\/)$/.test(source)) continue
    // `a, b int` is one declaration of two.
    count += kinds.language === "go" ? Math.max(1, tree.children(child, "name").length) : 1
  }
  return count
}
