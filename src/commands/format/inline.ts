import type { Paint, Style } from "./paint.ts"
import { displayWidth, splitAt } from "./width.ts"

/** A piece of a paragraph in one style. */
export interface Span {
  readonly text: string
  readonly style: "normal" | "strong" | "code"
}

/** Reads the two marks a Document knows: `code` and **strong**. A mark that is not closed is literal. */
export function readInline(text: string): Span[] {
  const spans: Span[] = []
  let at = 0
  for (const match of text.matchAll(/`([^`]+)`|\*\*(?=\S)([^*]+?)(?<=\S)\*\*/g)) {
    if (match.index > at) spans.push({ text: text.slice(at, match.index), style: "normal" })
    spans.push(match[1] === undefined ? { text: match[2] ?? "", style: "strong" } : { text: match[1], style: "code" })
    at = match.index + match[0].length
  }
  if (at < text.length) spans.push({ text: text.slice(at), style: "normal" })
  return spans
}

/** Text as it is read, without the marks. */
export const plainInline = (text: string) =>
  readInline(text)
    .map((span) => span.text)
    .join("") // prettier-ignore

interface Word {
  readonly parts: readonly Span[]
  readonly width: number
  readonly breakBefore: boolean
}

/**
 * Spans broken into lines of at most `columns` (0: only at newlines), at spaces; a word that is longer than a line is
 * split between graphemes. `base` is the style of what has none of its own.
 */
export function wrapInline(spans: readonly Span[], columns: number, paint: Paint, base: Style = "normal"): string[] {
  const lines: string[] = []
  let line = ""
  let used = 0
  const flush = () => {
    lines.push(line)
    line = ""
    used = 0
  }
  const put = (parts: readonly Span[]) => {
    for (const { text, style } of parts) line += paint(style === "normal" ? base : style, text)
  }
  for (const word of wordsOf(spans)) {
    if (word.breakBefore) flush()
    const gap = used === 0 ? 0 : 1
    if (columns === 0 || used + gap + word.width <= columns) {
      if (gap) line += " "
      put(word.parts)
      used += gap + word.width
      continue
    }
    if (used > 0) flush()
    for (const part of word.parts) {
      let rest = part.text
      while (used + displayWidth(rest) > columns) {
        const [head, tail] = splitAt(rest, columns - used)
        // A grapheme wider than the whole line still has to go somewhere.
        const [first, after] = head === "" && used === 0 ? splitAt(rest, 2) : [head, tail]
        put([{ ...part, text: first }])
        flush()
        rest = after
      }
      put([{ ...part, text: rest }])
      used += displayWidth(rest)
    }
  }
  flush()
  return lines
}

function wordsOf(spans: readonly Span[]): Word[] {
  const words: Word[] = []
  let parts: Span[] = []
  let breakBefore = false
  const flush = () => {
    if (parts.length > 0 || breakBefore) {
      words.push({ parts, width: parts.reduce((sum, part) => sum + displayWidth(part.text), 0), breakBefore })
    }
    parts = []
    breakBefore = false
  }
  for (const span of spans) {
    for (const piece of span.text.split(/(\n|[ \t]+)/)) {
      if (piece === "") continue
      if (piece === "\n") {
        flush()
        breakBefore = true
      } else if (/^[ \t]+$/.test(piece)) {
        if (parts.length > 0) flush()
      } else parts.push({ text: piece, style: span.style })
    }
  }
  flush()
  return words
}
