/** The indexes of the `count` greatest positive values, greatest first; equal ones in order of index. */
export function topOf(values: Float32Array, count: number): number[] {
  // A heap of the best so far, the least of them at the root.
  const heap: number[] = []
  const isLess = (a: number, b: number) => {
    const difference = (values[a] ?? 0) - (values[b] ?? 0)
    return difference < 0 || (difference === 0 && a > b)
  }
  const sink = () => {
    let at = 0
    for (;;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isLess(heap[child] as number, heap[least] as number)) least = child
      if (least === at) return
      const moved = heap[at] as number
      heap[at] = heap[least] as number
      heap[least] = moved
      at = least
    }
  }
  const rise = () => {
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isLess(heap[at] as number, heap[parent] as number)) return
      const moved = heap[at] as number
      heap[at] = heap[parent] as number
      heap[parent] = moved
      at = parent
    }
  }
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    if (value <= 0) continue
    if (heap.length < count) {
      heap.push(index)
      rise()
    } else if (value > (values[heap[0] as number] ?? 0)) {
      heap[0] = index
      sink()
    }
  }
  return heap.sort((a, b) => (isLess(a, b) ? 1 : -1))
}
