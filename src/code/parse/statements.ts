import type { Extraction } from "./extraction.ts"
import type { LineBreaks } from "./split.ts"

/** Where a definition's statements begin, by how deep they are nested in it. */
export function statementBreaks(found: Extraction, symbol: number): LineBreaks {
  const { tree, starts, text } = found
  const root = found.symbols[symbol]?.node ?? -1
  const depths = new Map<number, number>()
  const nesting = new Map<number, number>([[root, 0]])
  let node = root + 1
  while (root >= 0 && node < (tree.after[root] ?? 0)) {
    const depth = (nesting.get(tree.parentOf(node)) ?? 0) + 1
    const start = tree.start[node] ?? 0
    const line = found.lineOf(start)
    if (!depths.has(line) && text.slice(starts[line - 1], start).trim() === "") depths.set(line, depth)
    // What ends on its own line begins no other.
    if ((tree.end[node] ?? 0) <= (starts[line] ?? text.length)) node = tree.after[node] ?? node + 1
    else nesting.set(node++, depth)
  }
  return (line) => depths.get(line) ?? 1000
}
