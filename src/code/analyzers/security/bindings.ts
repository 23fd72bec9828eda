import type { FlatTree } from "../../parse/flat-tree.ts"
import { childBy } from "./names.ts"
import { type Shape, unbound } from "./shapes.ts"

/** Nodes of the names that a pattern or a parameter binds. */
export function boundNames(tree: FlatTree, shapes: readonly Shape[], node: number): number[] {
  const found: number[] = []
  const visit = (at: number, depth: number): void => {
    if (at < 0 || depth > 20 || unbound.has(tree.type(at))) return
    const shape = shapes[tree.kind[at] ?? 0]
    if (shape === "name") return void found.push(at)
    const inner = childBy(tree, at, ["pattern", "name", "declarator", "left"])
    if (inner >= 0) {
      for (const child of tree.children(at)) {
        if (tree.field[child] === tree.field[inner]) visit(child, depth + 1)
      }
      return
    }
    const value = tree.child(at, "value")
    if (value >= 0 && tree.type(at) === "pair_pattern") {
      visit(value, depth + 1)
      return
    }
    const type = tree.child(at, "type")
    const fallback = tree.child(at, "default_value")
    for (const child of tree.children(at)) if (child !== type && child !== fallback) visit(child, depth + 1)
  }
  visit(node, 0)
  return found
}

/** Nodes that hold the parameters of a function. */
export function parametersOf(tree: FlatTree, node: number): number[] {
  const list = childBy(tree, node, ["parameters", "parameter"])
  if (list >= 0) return [list]
  // C's are within the declarator.
  const declarator = tree.child(node, "declarator")
  if (declarator < 0) return []
  for (let at = declarator; at < (tree.after[declarator] ?? 0); at++) {
    if (tree.type(at) === "parameter_list") return [at]
  }
  return []
}
