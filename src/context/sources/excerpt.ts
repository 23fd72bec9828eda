import { stemsOf } from "../words.ts"

/** Lines around each that says something of the task. */
const aroundLines = 3
/** Of all lines at most this share: an excerpt that is nearly everything saves nothing. */
const mostShare = 0.4

/**
 * The lines of a text that have most to do with a task, each with those around it, and how many are left out between; ""
 * where no line has anything to do with it. Lines with rarer words of the task count for more.
 */
export function excerptOf(text: string, task: string): string {
  const words = stemsOf(task)
  const lines = text.split("\n")
  const inLines = lines.map((line) => {
    const there = stemsOf(line)
    return [...words].filter((word) => there.has(word))
  })
  const spread = new Map<string, number>()
  for (const word of inLines.flat()) spread.set(word, (spread.get(word) ?? 0) + 1)
  const scored = inLines
    .map((said, at) => ({ at, score: said.reduce((sum, word) => sum + 1 / (spread.get(word) ?? 1), 0) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
  const kept = new Set<number>()
  for (const { at } of scored) {
    const window = lines.keys().filter((line) => Math.abs(line - at) <= aroundLines)
    const fresh = [...window].filter((line) => !kept.has(line))
    if (kept.size + fresh.length > Math.max(lines.length * mostShare, 2 * aroundLines + 1)) break
    for (const line of fresh) kept.add(line)
  }
  return kept.size === 0 ? "" : withGaps(lines, kept)
}

/** The lines around one, from 1, and how many are left out before and behind; a line beyond the end is the last. */
export function linesNear(text: string, line: number, around: number): string {
  const lines = text.split("\n")
  const at = Math.min(Math.max(line, 1), lines.length) - 1
  return withGaps(lines, new Set(lines.keys().filter((one) => Math.abs(one - at) <= around)))
}

function withGaps(lines: readonly string[], kept: ReadonlySet<number>): string {
  const shown: string[] = []
  let left = 0
  const gap = () => {
    if (left > 0) shown.push(`[... ${left} lines left out ...]`)
    left = 0
  }
  for (const [at, line] of lines.entries()) {
    if (!kept.has(at)) {
      left += 1
      continue
    }
    gap()
    shown.push(line)
  }
  gap()
  return shown.join("\n")
}
