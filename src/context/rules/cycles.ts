type Graph = ReadonlyMap<string, readonly string[]>

/** The circles of a graph, each once, from its least id on. */
export function cyclesOf(graph: Graph): string[][] {
  const cycles = new Map<string, string[]>()
  const done = new Set<string>()
  for (const start of graph.keys()) {
    // A path with, for each of its ids, the next edge to look at; no recursion, whatever the depth.
    const path: { readonly id: string; next: number }[] = [{ id: start, next: 0 }]
    const onPath = new Map([[start, 0]])
    while (path.length > 0) {
      const top = path.at(-1)
      if (!top) break
      const to = done.has(top.id) ? undefined : graph.get(top.id)?.[top.next++]
      if (to === undefined) {
        path.pop()
        onPath.delete(top.id)
        done.add(top.id)
        continue
      }
      const from = onPath.get(to)
      if (from === undefined) {
        if (done.has(to)) continue
        onPath.set(to, path.length)
        path.push({ id: to, next: 0 })
        continue
      }
      const cycle = path.slice(from).map(({ id }) => id)
      const least = cycle.indexOf(cycle.toSorted()[0] ?? "")
      const turned = [...cycle.slice(least), ...cycle.slice(0, least)]
      cycles.set(turned.join("\0"), turned)
    }
  }
  return [...cycles.values()]
}

/** All that an id leads to, without itself. */
export function reachable(graph: Graph, id: string): string[] {
  const found = new Set<string>()
  const open = [...(graph.get(id) ?? [])]
  while (open.length > 0) {
    const next = open.pop() ?? ""
    if (next === id || found.has(next)) continue
    found.add(next)
    open.push(...(graph.get(next) ?? []))
  }
  return [...found]
}
