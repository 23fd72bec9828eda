import { termsOf } from "../index/words.ts"

export interface Passage {
  readonly text: string
  readonly textLine: number
  readonly matches: readonly number[]
}

const maxLines = 40
const maxMatches = 20

/**
 * The part of a chunk to show: all of it when it is short, else its first line's neighbourhood or the window of lines
 * where most of the sought stems stand, each stem counted once. `lines` are those of the whole file.
 */
export function passageOf(
  lines: readonly string[],
  startLine: number,
  endLine: number,
  stems: ReadonlyMap<string, number>,
): Passage {
  const found: { line: number; stems: Set<string> }[] = []
  for (let line = startLine; line <= Math.min(endLine, lines.length); line++) {
    const here = stemsIn(lines[line - 1] ?? "", stems)
    if (here.size > 0) found.push({ line, stems: here })
  }
  const matches = found.map(({ line }) => line)
  if (endLine - startLine < maxLines) return cut(lines, startLine, endLine, matches)
  let best = { from: startLine, worth: -1 }
  for (const { line } of found) {
    const from = Math.max(startLine, Math.min(line - 3, endLine - maxLines + 1))
    const seen = new Set(found.filter((f) => f.line >= from && f.line < from + maxLines).flatMap((f) => [...f.stems]))
    let worth = from === startLine ? 0.5 : 0
    for (const stem of seen) worth += stems.get(stem) ?? 0
    if (worth > best.worth) best = { from, worth }
  }
  return cut(lines, best.from, Math.min(endLine, best.from + maxLines - 1), matches)
}

function cut(lines: readonly string[], from: number, to: number, matches: readonly number[]): Passage {
  const shown = lines.slice(from - 1, to).map((line) => (line.length > 400 ? `${line.slice(0, 399)}…` : line))
  return { text: shown.join("\n"), textLine: from, matches: matches.slice(0, maxMatches) }
}

const wordPattern = /[\p{L}\p{N}_$]{2,64}/gu

function stemsIn(line: string, wanted: ReadonlyMap<string, number>): Set<string> {
  const found = new Set<string>()
  for (const [word] of line.slice(0, 2000).matchAll(wordPattern))
    for (const stem of termsOf(word)) if (wanted.has(stem)) found.add(stem)
  return found
}

/** Splits at every line end that `lineStarts` knows. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/)
