import { comparable } from "./alike.ts"
import { linesOf } from "./lines.ts"
import { unifiedDiff } from "./unified.ts"

/** Lines that may be looked at one by one for likeness; in larger files only equal lines count. */
const mostCompared = 20_000

/**
 * The lines of a text that are most like `wanted`, as a diff from them to what was wanted; undefined where nothing is.
 */
export function nearestTo(text: string, wanted: string): string | undefined {
  const lines = linesOf(text)
  const block = linesOf(wanted)
  const key = comparable["indentation-and-quotes"]
  const keys = lines.map((line) => key(line.text))
  const wantedKeys = block.map((line) => key(line.text))
  const scores = new Map<number, number>()
  const add = (start: number, score: number) => scores.set(start, (scores.get(start) ?? 0) + score)
  wantedKeys.forEach((one, i) => {
    if (one.length < 3) return
    keys.forEach((other, at) => {
      if (other === one) add(at - i, 1)
      else if (lines.length * block.length <= mostCompared && other.length >= 3) {
        const alike = likeness(one, other)
        if (alike > 0.6) add(at - i, alike * 0.9)
      }
    })
  })
  let best: { start: number; score: number } | undefined
  for (const [start, score] of scores) if (!best || score > best.score) best = { start, score }
  if (!best) return undefined
  const from = Math.max(0, best.start)
  const window = lines.slice(from, Math.max(from + 1, best.start + block.length)).slice(0, 60)
  const shown = window.map((line) => `${line.text}\n`).join("")
  const given = block.slice(0, 60).map((line) => `${line.text}\n`)
  const where = `lines ${from + 1}-${from + window.length} of the file`
  const difference = unifiedDiff(shown, given.join(""), { from: where, to: "what was given", context: 2 })
  return difference === "" ? undefined : difference
}

/** Dice's coefficient of the pairs of neighbouring characters: 0 to 1. */
function likeness(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > Math.max(a.length, b.length) * 0.6) return 0
  const pairs = new Map<string, number>()
  for (let i = 0; i + 1 < a.length; i++) pairs.set(a.slice(i, i + 2), (pairs.get(a.slice(i, i + 2)) ?? 0) + 1)
  let shared = 0
  for (let i = 0; i + 1 < b.length; i++) {
    const left = pairs.get(b.slice(i, i + 2)) ?? 0
    if (left > 0) {
      shared += 1
      pairs.set(b.slice(i, i + 2), left - 1)
    }
  }
  return (2 * shared) / Math.max(1, a.length + b.length - 2)
}
