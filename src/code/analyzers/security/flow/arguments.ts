import { childBy } from "../names.ts"
import { fields } from "../shapes.ts"
import { joined, type Value } from "../value.ts"
import { ofPair } from "./expressions.ts"
import { type Argument, shapeOf, type Walk } from "./walk.ts"

/** What a call passes, in order; a block that it is given and names in a macro's text are arguments as well. */
export function argumentsOf(walk: Walk, node: number): readonly Argument[] {
  const { tree } = walk
  const own = tree.child(node, "arguments")
  const list = own >= 0 ? own : tree.childOfType(node, "arguments", "argument_list", "token_tree")
  // A tagged template: its holes are arguments of the tag, which gets them apart from the text.
  if (list >= 0 && shapeOf(walk, list) === "text") {
    walk.children(list)
    return []
  }
  const found: Argument[] = []
  const holes: Value[] = []
  for (const one of tree.children(list)) {
    const type = tree.type(one)
    if (type === "comment" || type === "line_comment") continue
    found.push(argumentOf(walk, one))
    if (tree.type(list) === "token_tree") holes.push(...formatHoles(walk, one))
  }
  if (holes.length > 0) found.push({ node: list, name: "", value: joined(holes) })
  const block = tree.child(node, "block")
  if (block >= 0) found.push({ node: block, name: "", value: walk.value(block) })
  const initializer = tree.child(node, "initializer")
  if (initializer >= 0) walk.value(initializer)
  return found
}

function argumentOf(walk: Walk, node: number): Argument {
  const { tree } = walk
  const type = tree.type(node)
  if (type === "argument") {
    const name = tree.child(node, "name")
    const inner = tree.lastChild(node)
    return { node: inner, name: name >= 0 && name !== inner ? tree.source(name) : "", value: walk.value(inner) }
  }
  if (type === "keyword_argument" || type === "pair") {
    const name = tree.source(childBy(tree, node, fields.key)).replace(/[:'"]/g, "")
    return { node: tree.child(node, "value"), name, value: ofPair(walk, node) }
  }
  return { node, name: "", value: walk.value(node) }
}

/** Rust's macros: `format!("{x}")` has names in its text. */
function formatHoles(walk: Walk, node: number): Value[] {
  if (shapeOf(walk, node) !== "text") return []
  const names = walk.tree.source(node).matchAll(/\{(\w+)[^}]*\}/g)
  return [...names].flatMap(([, name = ""]) => walk.scope.get(name) ?? [])
}
