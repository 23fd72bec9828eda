/** A contiguous part of a file, quoted. Lines are 1-based and inclusive. */
export interface Excerpt {
  readonly startLine: number
  readonly endLine: number
  readonly text: string
  /** Lines that the question's words stand on. */
  readonly marked: number[]
}

/**
 * The `maxLines` lines of `text` (whose first line is `startLine` of its file) that say most about `words`. A passage that
 * fits is quoted whole; of a longer one the window with the most different words, from its head when nothing is better.
 */
export function focus(text: string, startLine: number, words: readonly string[], maxLines: number): Excerpt {
  const lines = text.replace(/\n$/, "").split("\n")
  const hits = lines.map((line) => wordsOn(line.toLowerCase(), words))
  const first = lines.length <= maxLines ? 0 : bestWindow(hits, maxLines)
  const last = Math.min(lines.length, first + maxLines)
  const marked: number[] = []
  for (let i = first; i < last; i++) if ((hits[i]?.length ?? 0) > 0) marked.push(startLine + i)
  return {
    startLine: startLine + first,
    endLine: startLine + last - 1,
    text: lines.slice(first, last).join("\n"),
    // When every second line is marked, marks say nothing.
    marked: marked.length * 2 > last - first ? [] : marked,
  }
}

function wordsOn(line: string, words: readonly string[]): string[] {
  return words.filter((word) => line.includes(word))
}

function bestWindow(hits: readonly (readonly string[])[], size: number): number {
  const seen = new Map<string, number>()
  let best = { at: 0, score: -1 }
  let total = 0
  for (let end = 0; end < hits.length; end++) {
    for (const word of hits[end] ?? []) {
      seen.set(word, (seen.get(word) ?? 0) + 1)
      total += 1
    }
    const at = end - size + 1
    if (at < 0) continue
    // Different words count for much more than repeated ones; the head of a definition breaks ties.
    const score = seen.size * 4 + Math.min(total, 12) * 0.5 + (at === 0 ? 1.5 : 0)
    if (score > best.score) best = { at, score }
    for (const word of hits[at] ?? []) {
      const left = (seen.get(word) ?? 1) - 1
      if (left === 0) seen.delete(word)
      else seen.set(word, left)
      total -= 1
    }
  }
  return best.at
}
