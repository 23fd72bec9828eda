import type { FlatTree } from "../../parse/flat-tree.ts"
import { Kind, type Kinds, kindOf } from "../kinds.ts"

/** In these the `else` holds lines: an `if` that is its only one is nested, and `elif` is another word. */
const elseHoldsLines: ReadonlySet<string> = new Set(["python", "ruby", "lua", "bash"])
const isAll = /^(?:default\b|case\s+_\s*:|_\s*(?:=>|->)|true\s*->|\*\))/

/** The other branch of an `if`, in a grammar that has no node for `else`. */
export function isAlternative(tree: FlatTree, kinds: Kinds, node: number): boolean {
  const field = tree.field[node] ?? 0
  if (field === 0 || kinds.syntax?.elses !== undefined || field !== tree.fieldIds.get("alternative")) return false
  return isIf(tree, kinds, tree.parentOf(node))
}

/** `else if`, which reads as one more branch of the same `if` and not as another one inside it. */
export function isFurtherBranch(tree: FlatTree, kinds: Kinds, node: number, bits: number): boolean {
  if (bits & Kind.elseIf) return true
  if (!(bits & Kind.if)) return false
  const parent = tree.parentOf(node)
  if (isAlternative(tree, kinds, node)) return true
  return (
    (kindOf(kinds, tree, parent) & Kind.else) !== 0 &&
    tree.firstChild(parent) === node &&
    isElseOfIf(tree, kinds, parent) &&
    !elseHoldsLines.has(kinds.language)
  )
}

/** An `else` of an `if`, which is not only there for the `if` in it. */
export function isPlainElse(tree: FlatTree, kinds: Kinds, node: number): boolean {
  if (!isElseOfIf(tree, kinds, node)) return false
  const first = tree.firstChild(node)
  return first < 0 || elseHoldsLines.has(kinds.language) || !(kindOf(kinds, tree, first) & Kind.if)
}

function isElseOfIf(tree: FlatTree, kinds: Kinds, node: number): boolean {
  const parent = tree.parentOf(node)
  return isIf(tree, kinds, tree.type(parent) === "do_block" ? tree.parentOf(parent) : parent)
}

const isIf = (tree: FlatTree, kinds: Kinds, node: number): boolean =>
  node >= 0 && (kindOf(kinds, tree, node) & (Kind.if | Kind.elseIf)) !== 0

/** A case that everything comes to that came to no other: it decides nothing. */
export function isDefaultCase(tree: FlatTree, node: number): boolean {
  const start = tree.start[node] ?? 0
  return isAll.test(tree.text.slice(start, start + 20))
}

/** `break outer`. */
export function hasLabel(tree: FlatTree, node: number, language: string): boolean {
  const types = language === "rust" ? ["label"] : ["statement_identifier", "label_name", "identifier"]
  return tree.childOfType(node, ...types) >= 0
}
