import type { FlatTree } from "../../../parse/flat-tree.ts"
import type { Imports } from "../names.ts"
import type { Family } from "../rule.ts"
import type { Scope } from "../scope.ts"
import type { Shape } from "../shapes.ts"
import { constant, joined, levels, type Value } from "../value.ts"

/** One argument of a call. */
export interface Argument {
  readonly node: number
  /** Of a named one. */
  readonly name: string
  readonly value: Value
}

/** What the walk comes by. Nodes are of the tree it was given. */
export interface Seen {
  call(node: number, callee: string, args: readonly Argument[], receiver: Value): void
  assign(node: number, target: string, value: Value): void
  pair(node: number, key: string, valueNode: number, value: Value): void
  special(node: number, type: string, value: Value): void
  regex(node: number): void
}

/** The way through one file, and what is known where it stands. */
export interface Walk {
  readonly tree: FlatTree
  readonly family: Family
  readonly seen: Seen
  /** By type id. */
  readonly shapes: readonly Shape[]
  readonly imports: Imports
  scope: Scope
  /** What the parameters of the next functions are given: the elements of `list` in `list.map(fn)`. */
  elements: Value | undefined
  /** Goes through a node and gives its value; unknown for none (-1). Once for each node: it is heard of by `seen`. */
  value(node: number): Value
  /** Goes through all children: any of them could be what the node gives. */
  children(node: number): Value
  /** The dotted name that a name stands for here. */
  readonly known: (name: string) => string | undefined
}

export const shapeOf = ({ shapes, tree }: Walk, node: number): Shape | undefined => shapes[tree.kind[node] ?? 0]

/** Data that a stranger chose, at the node that it came in by. */
export function cameIn(
  node: number,
  { says, trust, isOwn = false }: { says: string; trust: number; isOwn?: boolean },
): Value {
  return { ...constant, level: levels.source, trust, from: { node, says, isOwn } }
}

/** Data goes into a collection or a builder that has a name. */
export function flowInto(walk: Walk, node: number, value: Value): void {
  if (node < 0 || value.level === levels.constant) return
  const { tree } = walk
  const name = shapeOf(walk, node) === "name" ? tree.source(node) : ""
  const old = name === "" ? undefined : walk.scope.get(name)
  if (!old || old.isFunction) return
  walk.scope.set(name, { ...joined([old, value], old.isBuilt || value.isBuilt), head: old.head, path: old.path })
}

/** What is assigned in a branch may not have been. */
export function inBranch(walk: Walk, work: () => Value): Value {
  walk.scope.branches += 1
  try {
    return work()
  } finally {
    walk.scope.branches -= 1
  }
}
