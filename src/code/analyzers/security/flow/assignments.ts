import { boundNames } from "../bindings.ts"
import { childBy, pathOf } from "../names.ts"
import { fields } from "../shapes.ts"
import { sourceOf } from "../sources.ts"
import { joined, levels, unknown, type Value } from "../value.ts"
import { cameIn, flowInto, inBranch, shapeOf, type Walk } from "./walk.ts"

/** Declarations, assignments and loops that bind a name: each gives names their values. */
export function ofAssignment(walk: Walk, node: number): Value {
  const { tree } = walk
  const type = tree.type(node)
  const left = childBy(tree, node, fields.left)
  let right = childBy(tree, node, fields.right)
  if (right < 0 && (type === "variable_declarator" || type === "foreach_statement")) right = tree.lastChild(node)
  if (type === "foreach_statement" && left < 0) return phpLoop(walk, node)
  // Java's `for (;;)` and others without a left side are no assignments.
  if (left < 0 || right < 0 || left === right) return walk.children(node)
  const isLoop = /^for|range_clause|enhanced/.test(type)
  const value = assign(walk, node, left, right, isLoop)
  const body = tree.child(node, "body")
  if (body >= 0) inBranch(walk, () => walk.value(body))
  for (const other of isLoop ? tree.children(node, "alternative") : []) inBranch(walk, () => walk.value(other))
  return value
}

/** Gives each name on the left what stands for it on the right; each all of it where they are not as many. */
function assign(walk: Walk, node: number, left: number, right: number, isLoop: boolean): Value {
  const { tree } = walk
  const sides = (side: number) => (tree.type(side) === "expression_list" ? tree.children(side) : [side])
  const targets = sides(left)
  const values = sides(right).map((one) => walk.value(one))
  const isAdding = /augmented|operator_assignment|compound/.test(tree.type(node)) || isPlusEquals(walk, left, right)
  for (const [at, target] of targets.entries()) {
    const value = values.length === targets.length ? (values[at] ?? unknown) : joined(values)
    store(walk, target, isLoop ? { ...value, isBuilt: false, text: undefined } : value, isAdding, node)
  }
  return joined(values)
}

const isPlusEquals = ({ tree }: Walk, left: number, right: number): boolean =>
  tree.text.slice(tree.end[left], tree.start[right]).trim() === "+="

/** `foreach ($all as $key => $value) { }` */
function phpLoop(walk: Walk, node: number): Value {
  const { tree } = walk
  const [all = -1, bound = -1] = tree.children(node)
  const value = walk.value(all)
  for (const name of boundNames(tree, walk.shapes, bound))
    walk.scope.set(tree.source(name), { ...value, text: undefined })
  return inBranch(walk, () => walk.value(tree.child(node, "body")))
}

/** Gives the target of an assignment its value; `node` is the assignment. */
function store(walk: Walk, target: number, value: Value, isAdding: boolean, node: number): void {
  const shape = shapeOf(walk, target)
  if (shape === "name") storeName(walk, walk.tree.source(target), value, isAdding, node)
  else if (shape === "member" || shape === "index") storeMember(walk, target, value, node)
  else storeParts(walk, target, value, node)
}

function storeName(walk: Walk, name: string, value: Value, isAdding: boolean, node: number): void {
  if (!isAdding) {
    declareOrSet(walk, name, value, node)
    return
  }
  const old = walk.scope.get(name) ?? unknown
  const isBuilt = value.level > 0 || old.level > 0
  walk.scope.set(name, { ...joined([old, value], isBuilt), head: old.head ?? old.text })
}

function storeMember(walk: Walk, target: number, value: Value, node: number): void {
  const { tree } = walk
  // The object's own parts are looked at, and what is assigned is heard of by its name.
  const object = childBy(tree, target, fields.object)
  const base = walk.value(object)
  const path = pathOf(tree, target, walk.shapes, walk.known)
  walk.seen.assign(node, path, value)
  if (shapeOf(walk, target) === "index" || base.level === levels.constant) flowInto(walk, object, value)
  if (path !== "") walk.scope.set(path, value)
}

/** `{ a, b } = value` */
function storeParts(walk: Walk, target: number, value: Value, node: number): void {
  const { tree } = walk
  const path = value.path
  for (const name of boundNames(tree, walk.shapes, target)) {
    const source = path === undefined ? undefined : sourceOf(`${path}.${tree.source(name)}`, walk.family)
    const part = source && value.level < levels.source ? cameIn(name, source) : { ...value, text: undefined }
    declareOrSet(walk, tree.source(name), { ...part, path: path && `${path}.${tree.source(name)}` }, node)
  }
}

function declareOrSet(walk: Walk, name: string, value: Value, node: number): void {
  const type = walk.tree.type(node)
  if (/declarator|short_var|var_spec|const_spec|let_declaration/.test(type) && !walk.scope.values.has(name))
    walk.scope.declare(name, value)
  else walk.scope.set(name, value)
}
