/** A run of equal items, or items that only one side has, in order. `a` and `b` are where it begins. */
export interface Step {
  readonly kind: "same" | "remove" | "insert"
  readonly a: number
  readonly b: number
  readonly length: number
}

/** Beyond so many differences the middle is taken as replaced whole: the search takes their square in time and memory. */
const mostDifferences = 1500

/**
 * The shortest way from `a` to `b`. Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
export function diff(a: readonly string[], b: readonly string[]): Step[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const middle = shortest(a.slice(start, a.length - end), b.slice(start, b.length - end))
  return joined([
    { kind: "same", a: 0, b: 0, length: start },
    ...middle.map((step) => ({ ...step, a: step.a + start, b: step.b + start })),
    { kind: "same", a: a.length - end, b: b.length - end, length: end },
  ])
}

function shortest(a: readonly string[], b: readonly string[]): Step[] {
  const replaced: Step[] = [
    { kind: "remove", a: 0, b: 0, length: a.length },
    { kind: "insert", a: a.length, b: 0, length: b.length },
  ]
  if (a.length === 0 || b.length === 0) return replaced
  const most = Math.min(a.length + b.length, mostDifferences)
  // furthest[k + most + 1]: how far in `a` a way with so many differences gets on the diagonal a - b = k.
  const furthest = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d++) {
    trace.push(furthest.slice(most + 1 - d - 1, most + 1 + d + 2))
    for (let k = -d; k <= d; k += 2) {
      const below = furthest[most + 1 + k + 1] ?? 0
      const left = furthest[most + 1 + k - 1] ?? 0
      let x = k === -d || (k !== d && left < below) ? below : left + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      furthest[most + 1 + k] = x
      if (x >= a.length && x - k >= b.length) return backwards(trace, a.length, b.length)
    }
  }
  return replaced
}

function backwards(trace: readonly Int32Array[], aLength: number, bLength: number): Step[] {
  const steps: Step[] = []
  let x = aLength
  let y = bLength
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d] as Int32Array
    const at = (k: number) => furthest[k + d + 1] ?? 0
    const k = x - y
    const previous = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1
    const fromX = d === 0 ? 0 : at(previous)
    const fromY = d === 0 ? 0 : fromX - previous
    const moved = d === 0 ? 0 : 1
    const sameFrom = d === 0 ? 0 : previous === k + 1 ? fromX : fromX + moved
    if (x > sameFrom) steps.push({ kind: "same", a: sameFrom, b: sameFrom - k, length: x - sameFrom })
    if (d > 0) steps.push({ kind: previous === k + 1 ? "insert" : "remove", a: fromX, b: fromY, length: 1 })
    x = fromX
    y = fromY
  }
  return steps.reverse()
}

/** Neighbours of one kind as one step, what is removed before what is inserted, nothing empty. */
function joined(steps: readonly Step[]): Step[] {
  const result: Step[] = []
  let removed = { a: 0, b: 0, length: 0 }
  let inserted = { a: 0, b: 0, length: 0 }
  const flush = () => {
    if (removed.length > 0) result.push({ kind: "remove", ...removed })
    if (inserted.length > 0) result.push({ kind: "insert", ...inserted, a: inserted.a })
    removed = { a: 0, b: 0, length: 0 }
    inserted = { a: 0, b: 0, length: 0 }
  }
  for (const { kind, a, b, length } of steps) {
    if (length === 0) continue
    if (kind === "remove")
      removed = removed.length === 0 ? { a, b, length } : { ...removed, length: removed.length + length }
    else if (kind === "insert")
      inserted = inserted.length === 0 ? { a, b, length } : { ...inserted, length: inserted.length + length }
    else {
      flush()
      const last = result.at(-1)
      if (last?.kind === "same") result[result.length - 1] = { ...last, length: last.length + length }
      else result.push({ kind, a, b, length })
    }
  }
  flush()
  return result
}
