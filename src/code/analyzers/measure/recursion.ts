import type { FlatTree } from "../../parse/flat-tree.ts"
import { Kind, type Kinds, kindOf } from "../kinds.ts"
import type { Measured } from "./measured.ts"

/** Whether a call is one of the function that it stands in: by its name alone, or as a method of the same object. */
export function isCallOfItself(tree: FlatTree, kinds: Kinds, node: number, own: Measured): boolean {
  if (own.name === "(anonymous)") return false
  if (kinds.language === "elixir" && isElixirHead(tree, kinds, node, own)) return false
  const callee = calleeOf(tree, node)
  const name = callee.slice(Math.max(callee.lastIndexOf("."), callee.lastIndexOf(":"), callee.lastIndexOf(">")) + 1)
  const before = callee.slice(0, callee.length - name.length)
  return name === own.name && /^(?:|(?:this|self|Self|\$this|static|@)(?:\.|::|->)?)$/.test(before)
}

/** The head of an Elixir function looks like a call of it. */
function isElixirHead(tree: FlatTree, kinds: Kinds, node: number, own: Measured): boolean {
  const parent = tree.parentOf(node)
  if (parent < 0 || !(kindOf(kinds, tree, parent) & Kind.arguments)) return false
  const head = tree.parentOf(parent)
  return head === own.node || tree.parentOf(tree.parentOf(head)) === own.node
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
