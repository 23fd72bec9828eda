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
 * where most of the sought stems stand, each stem counted once. Lines that match are given by number.
 */
export function passageOf(
  text: string,
  startLine: number,
  endLine: number,
  stems: ReadonlyMap<string, number>,
): Passage {
  const lines = linesBetween(text, startLine, endLine)
  const found: { line: number; stems: Set<string> }[] = []
  if (stems.size > 0) {
    lines.forEach((text, at) => {
      const here = stemsIn(text, stems)
      if (here.size > 0) found.push({ line: startLine + at, stems: here })
    })
  }
  const matches = found.map(({ line }) => line)
  if (endLine - startLine < maxLines) return cut(lines, startLine, startLine, endLine, matches)
  let best = { from: startLine, worth: -1 }
  for (const { line } of found) {
    const from = Math.max(startLine, Math.min(line - 3, endLine - maxLines + 1))
    const seen = new Set(found.filter((f) => f.line >= from && f.line < from + maxLines).flatMap((f) => [...f.stems]))
    let worth = from === startLine ? 0.5 : 0
    for (const stem of seen) worth += stems.get(stem) ?? 0
    if (worth > best.worth) best = { from, worth }
  }
  return cut(lines, startLine, best.from, Math.min(endLine, best.from + maxLines - 1), matches)
}

function cut(lines: readonly string[], first: number, from: number, to: number, matches: readonly number[]): Passage {
  const shown = lines
    .slice(from - first, to - first + 1)
    .map((line) => (line.length > 400 ? `${line.slice(0, 399)}…` : line))
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
export const linesOf = (text: string): string[] => (text.includes("\r") ? text.split(/\r\n|\n|\r/) : text.split("\n"))

/** Some lines of a text, without splitting the rest of it. */
export function linesBetween(text: string, startLine: number, endLine: number): string[] {
  if (text.includes("\r")) return linesOf(text).slice(startLine - 1, endLine)
  let at = 0
  for (let line = 1; line < startLine; line++) {
    at = text.indexOf("\n", at) + 1
    if (at === 0) return []
  }
  const lines: string[] = []
  for (let line = startLine; line <= endLine && at >= 0; line++) {
    const end = text.indexOf("\n", at)
    lines.push(end < 0 ? text.slice(at) : text.slice(at, end))
    at = end < 0 ? -1 : end + 1
  }
  return lines
}
