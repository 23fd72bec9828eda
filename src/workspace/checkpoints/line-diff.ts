/** Lines `[from, to)` of the old text become lines `[newFrom, newTo)` of the new one. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
}

/** More differences than this are shown as one: nobody reads them, and finding them costs their square. */
const maxDifferences = 1_000

/**
 * A unified diff of two texts, without file headers; "" when they are equal. By Myers, "An O(ND) difference algorithm and
 * its variations" (1986), on what is left between the common beginning and the common end.
 */
export function unifiedDiff(before: string, after: string, contextLines = 3): string {
  const old = linesOf(before)
  const now = linesOf(after)
  const edits = editsOf(old, now)
  let text = ""
  for (let first = 0; first < edits.length; ) {
    let last = first
    while (gapAfter(edits, last) <= contextLines * 2) last++
    text += hunk(old, now, edits.slice(first, last + 1), contextLines)
    first = last + 1
  }
  return text
}

const linesOf = (text: string): string[] => (text === "" ? [] : text.split(/(?<=\n)/))

const gapAfter = (edits: readonly Edit[], at: number): number => {
  const [edit, next] = [edits[at], edits[at + 1]]
  return edit && next ? next.from - edit.to : Number.POSITIVE_INFINITY
}

function hunk(old: readonly string[], now: readonly string[], edits: readonly Edit[], context: number): string {
  const [first, last] = [edits[0], edits.at(-1)]
  if (!first || !last) return ""
  const from = Math.max(0, first.from - context)
  const to = Math.min(old.length, last.to + context)
  const newFrom = first.newFrom - (first.from - from)
  const newTo = last.newTo + (to - last.to)
  const lines: string[] = []
  const say = (mark: string, line = "") =>
    lines.push(line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`)
  let at = from
  for (const edit of edits) {
    for (; at < edit.from; at++) say(" ", old[at])
    for (; at < edit.to; at++) say("-", old[at])
    for (let i = edit.newFrom; i < edit.newTo; i++) say("+", now[i])
  }
  for (; at < to; at++) say(" ", old[at])
  return `@@ -${range(from, to)} +${range(newFrom, newTo)} @@\n${lines.join("")}`
}

/** As GNU diff writes it: an empty range stands after its line. */
const range = (from: number, to: number) =>
  to - from === 1 ? `${to}` : `${to === from ? from : from + 1},${to - from}`

function editsOf(old: readonly string[], now: readonly string[]): Edit[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let [end, newEnd] = [old.length, now.length]
  while (end > start && newEnd > start && old[end - 1] === now[newEnd - 1]) {
    end--
    newEnd--
  }
  const inner = shortest(old.slice(start, end), now.slice(start, newEnd))
  return inner.map(({ from, to, newFrom, newTo }) => ({
    from: from + start,
    to: to + start,
    newFrom: newFrom + start,
    newTo: newTo + start,
  }))
}

/** The shortest list of edits, in order. */
function shortest(old: readonly string[], now: readonly string[]): Edit[] {
  const [n, m] = [old.length, now.length]
  if (n === 0 && m === 0) return []
  const whole = [{ from: 0, to: n, newFrom: 0, newTo: m }]
  if (n === 0 || m === 0) return whole
  const most = Math.min(n + m, maxDifferences)
  // How far along the old text each diagonal has come; one copy for each number of differences, to walk back.
  const reach = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice(most - d, most + d + 3))
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && at(reach, most + k) < at(reach, most + k + 2))
      let x = isDown ? at(reach, most + k + 2) : at(reach, most + k) + 1
      let y = x - k
      while (x < n && y < m && old[x] === now[y]) {
        x++
        y++
      }
      reach[most + k + 1] = x
      if (x >= n && y >= m) return walkBack(trace, d, n, m)
    }
  }
  return whole
}

const at = (reach: Int32Array, index: number): number => reach[index] ?? 0

function walkBack(trace: readonly Int32Array[], differences: number, n: number, m: number): Edit[] {
  const edits: Edit[] = []
  let [x, y] = [n, m]
  for (let d = differences; d > 0; d--) {
    // The copy begins at diagonal -d - 1.
    const reach = trace[d] ?? new Int32Array()
    const k = x - y
    const isDown = k === -d || (k !== d && at(reach, k - 1 + d + 1) < at(reach, k + 1 + d + 1))
    const previousK = isDown ? k + 1 : k - 1
    const fromX = at(reach, previousK + d + 1)
    const fromY = fromX - previousK
    const [from, newFrom] = [fromX, fromY]
    const [to, newTo] = isDown ? [fromX, fromY + 1] : [fromX + 1, fromY]
    const next = edits[0]
    if (next && next.from === to && next.newFrom === newTo) edits[0] = { ...next, from, newFrom }
    else edits.unshift({ from, to, newFrom, newTo })
    x = fromX
    y = fromY
  }
  return edits
}
