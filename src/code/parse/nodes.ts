import type { Extraction } from "./extraction.ts"

/** The parent when it is one of `types` and holds nothing but this node and comments; else the node itself. */
export function soleIn(at: Extraction, node: number, ...types: readonly string[]): number {
  const { tree } = at
  const up = tree.parentOf(node)
  if (!types.includes(tree.type(up))) return node
  // Stops at the first other child: a group may have thousands.
  const end = tree.after[up] ?? 0
  for (let child = up + 1; child < end; child = tree.after[child] ?? end) {
    if (child !== node && !tree.type(child).includes("comment")) return node
  }
  return up
}

/** The parent when it is one of `types`, the node itself where it is not. */
export function wrapperOf(at: Extraction, node: number, ...types: readonly string[]): number {
  const up = at.tree.parentOf(node)
  return types.includes(at.tree.type(up)) ? up : node
}

/** A value of several lines or many characters, which is left out of a signature; -1 for a short one. */
export function longValue(at: Extraction, value: number): number {
  if (value < 0) return -1
  const start = at.tree.start[value] ?? 0
  const end = at.tree.end[value] ?? 0
  return end - start > 120 || at.text.slice(start, end).includes("\n") ? value : -1
}

/** Takes a whole subtree away from the other rules. */
export function claimAll(at: Extraction, node: number): void {
  if (node < 0) return
  for (let n = node; n < (at.tree.after[node] ?? 0); n++) at.claim(n)
}

/** The text of a string literal without its quotes. */
export const unquoted = (text: string): string => text.replace(/^[A-Za-z]*(["'`])([\s\S]*)\1$/, "$2")

/** The part of a dotted or `::` path after its last separator. */
export const lastPart = (path: string): string => /[^.:\\/]*$/.exec(path)?.[0] ?? path
