/**
 * The strongly connected parts of a graph with more than one node, or with a node that leads to itself (Tarjan 1972,
 * without recursion). Nodes in order of `graph`.
 */
export function cyclicParts<Node>(graph: ReadonlyMap<Node, readonly Node[]>): Node[][] {
  const order = new Map<Node, number>()
  const low = new Map<Node, number>()
  const onStack = new Set<Node>()
  const stack: Node[] = []
  const parts: Node[][] = []
  for (const root of graph.keys()) {
    if (order.has(root)) continue
    const work: { node: Node; next: number }[] = []
    const visit = (node: Node) => {
      order.set(node, order.size)
      low.set(node, order.size - 1)
      stack.push(node)
      onStack.add(node)
      work.push({ node, next: 0 })
    }
    visit(root)
    for (let top = work.at(-1); top; top = work.at(-1)) {
      const { node } = top
      const to = graph.get(node)?.[top.next++]
      if (to !== undefined) {
        if (!order.has(to)) visit(to)
        else if (onStack.has(to)) low.set(node, Math.min(low.get(node) ?? 0, order.get(to) ?? 0))
        continue
      }
      work.pop()
      const around = work.at(-1)?.node
      if (around !== undefined) low.set(around, Math.min(low.get(around) ?? 0, low.get(node) ?? 0))
      if (low.get(node) !== order.get(node)) continue
      const part = stack.splice(stack.lastIndexOf(node))
      for (const one of part) onStack.delete(one)
      if (part.length > 1 || graph.get(node)?.includes(node)) parts.push(part)
    }
  }
  return parts
}

/** The shortest way from a node back to itself within a part, its first node not repeated; by breadth. */
export function shortestCycle(graph: ReadonlyMap<string, readonly string[]>, part: readonly string[]): string[] {
  const within = new Set(part)
  let best: string[] = []
  // In a large part a way from any of the first nodes is short enough.
  for (const start of [...part].sort().slice(0, 200)) {
    const cameFrom = new Map<string, string>()
    const queue = [start]
    let isFound = false
    for (let at = 0; at < queue.length && !isFound; at++) {
      const node = queue[at] ?? ""
      for (const to of graph.get(node) ?? []) {
        if (to === start) {
          const way = [node]
          for (let up = node; up !== start; way.push(up)) up = cameFrom.get(up) ?? start
          if (best.length === 0 || way.length < best.length) best = way.reverse()
          isFound = true
          break
        }
        if (!within.has(to) || cameFrom.has(to)) continue
        cameFrom.set(to, node)
        queue.push(to)
      }
    }
    if (best.length > 0 && best.length <= 2) break
  }
  return best
}
