import type { FlatTree } from "../../parse/flat-tree.ts"
import { Kind, type Kinds, kindOf } from "../kinds.ts"

/** `def name(a, b) when c`: what is in the brackets of the head. */
export function elixirArity(tree: FlatTree, node: number): number {
  let head = tree.firstChild(tree.childOfType(node, "arguments"))
  if (tree.type(head) === "binary_operator") head = tree.firstChild(head)
  return tree.children(tree.childOfType(head, "arguments")).length
}

/**
 * The function whose parameters these are, -1 where they are none: a C declarator stands between them; a Go receiver or
 * result is none.
 */
export function parameterOwner(tree: FlatTree, kinds: Kinds, node: number): number {
  const name = [...tree.fieldIds].find(([, id]) => id === tree.field[node])?.[0]
  if (name === "receiver" || name === "result") return -1
  let up = tree.parentOf(node)
  while (/declarator$/.test(tree.type(up))) up = tree.parentOf(up)
  return up >= 0 && kindOf(kinds, tree, up) & Kind.function ? up : -1
}

/** How many a list of parameters has; a method's own object is none. */
export function parametersIn(tree: FlatTree, kinds: Kinds, node: number): number {
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
