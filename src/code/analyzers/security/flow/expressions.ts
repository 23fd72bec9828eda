import { childBy, literalText, pathOf } from "../names.ts"
import { fields } from "../shapes.ts"
import { harmlessType, sourceOf } from "../sources.ts"
import { constant, joined, levels, textOf, unknown, type Value } from "../value.ts"
import { cameIn, flowInto, shapeOf, type Walk } from "./walk.ts"

export function ofName(walk: Walk, node: number): Value {
  const name = walk.tree.source(node)
  const path = walk.known(name) ?? name
  const found = walk.scope.get(name)
  if (found) return found
  const source = sourceOf(path, walk.family)
  if (source) return cameIn(node, source)
  // A constant by its name, a type or a module.
  if (/^[A-Z]/.test(name) || name === "this" || name === "self" || walk.imports.has(name)) return { ...constant, path }
  return { ...unknown, path }
}

/** A property, or an element in brackets. */
export function ofMember(walk: Walk, node: number): Value {
  const { tree } = walk
  const object = childBy(tree, node, fields.object)
  // What stands in the brackets is looked at as well; it does not make the element come from elsewhere.
  let base: Value = constant
  for (const at of tree.children(node)) {
    const isObject = object >= 0 ? at === object : at === node + 1
    if (isObject) base = walk.value(at)
    else if (shapeOf(walk, at) !== "name") walk.value(at)
  }
  const path = pathOf(tree, node, walk.shapes, walk.known).replaceAll("::", ".")
  const stored = path === "" ? undefined : walk.scope.get(path)
  if (stored) return stored
  const source = sourceOf(path, walk.family)
  if (source && base.level < levels.source) return cameIn(node, source)
  if (/\.(?:length|size|Length|Count|count)$/.test(path)) return constant
  return { ...base, text: undefined, head: undefined, isBuilt: false, path }
}

export function ofBinary(walk: Walk, node: number): Value {
  const { tree } = walk
  const [left = -1, right = -1] = tree.children(node)
  const a = walk.value(left)
  const b = walk.value(right)
  const operator = tree.text.slice(tree.end[left], tree.start[right]).replace(/\s+/g, " ").trim()
  if (/^(?:\|\||\?\?|\?:|or|and|&&)$/.test(operator) && walk.family !== "c") return joined([a, b])
  if (!/^(?:\+|\.|<<|%|~)$/.test(operator) && operator !== ".") return constant
  if (a.text !== undefined && b.text !== undefined && operator === "+") return textOf(a.text + b.text)
  const isText = (value: Value) => value.text !== undefined || value.head !== undefined || value.isBuilt
  if (operator === "%" && !isText(a)) return constant
  if (operator === "<<" && left >= 0 && tree.type(left) === "identifier") flowInto(walk, left, b)
  const level = Math.max(a.level, b.level)
  if (level === levels.constant) return { ...constant, head: a.head }
  return { ...joined([a, b], isText(a) || isText(b)), head: a.head }
}

/** `a ? b : c` */
export function ofChoice(walk: Walk, node: number): Value {
  const { tree } = walk
  const then = childBy(tree, node, ["consequence", "body"])
  const otherwise = tree.child(node, "alternative")
  if (then >= 0) {
    walk.value(tree.child(node, "condition"))
    return joined([walk.value(then), walk.value(otherwise)])
  }
  // Python's, without fields: value, condition, other value.
  const [a = -1, condition = -1, b = -1] = tree.children(node)
  walk.value(condition)
  return joined([walk.value(a), walk.value(b)])
}

/** A key with its value; or a name that is both. */
export function ofPair(walk: Walk, node: number): Value {
  const { tree } = walk
  const key = childBy(tree, node, fields.key)
  const parts = tree.children(node)
  const keyNode = key >= 0 ? key : (parts[0] ?? -1)
  const valueNode = tree.child(node, "value") >= 0 ? tree.child(node, "value") : (parts.at(-1) ?? -1)
  if (tree.type(keyNode) === "computed_property_name") walk.value(keyNode)
  if (valueNode === keyNode) {
    const value = walk.value(valueNode)
    return tree.type(node) === "jsx_attribute" ? constant : value
  }
  const value = walk.value(valueNode)
  const name = (literalText(tree, keyNode) ?? tree.source(keyNode)).replace(/^[:'"]+|['":]+$/g, "").slice(0, 100)
  walk.seen.pair(node, name, valueNode, value)
  return value
}

/** Statements and expressions that are sinks by themselves: `echo`, a command in backticks. */
export function ofSpecial(walk: Walk, node: number): Value {
  const value = walk.children(node)
  const type = walk.tree.type(node)
  walk.seen.special(node, type, /command|subshell/.test(type) ? { ...value, isBuilt: true } : value)
  return { ...unknown }
}

/** What has no shape of its own: what is in it counts, unless it makes a number of that: `(int) data`, `data as u32`. */
export function ofLoose(walk: Walk, node: number): Value {
  const { tree } = walk
  const type = tree.child(node, "type")
  const isNumber = type >= 0 && /cast/.test(tree.type(node)) && harmlessType.test(`:${tree.source(type)}`)
  return isNumber ? constant : walk.children(node)
}
