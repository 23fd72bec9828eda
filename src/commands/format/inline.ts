import type { Paint, Style } from "./paint.ts"
import { clip, displayWidth, splitAt } from "./width.ts"

/** A piece of a paragraph in one style. */
export interface Span {
  readonly text: string
  readonly style: "normal" | "strong" | "code"
}

/** A code span in any number of backquotes, **strong**, or an escaped mark. */
const mark =
  /(?<ticks>`+)(?!`)(?<code>.+?)(?<!`)\k<ticks>(?!`)|\*\*(?=\S)(?<strong>[^*`]+?)(?<=\S)\*\*|\\(?<literal>[`*])/gs

/** Reads the marks of a Document's text (see document.ts). A mark that is not closed is literal. */
export function readInline(text: string): Span[] {
  const spans: Span[] = []
  const put = (text: string, style: Span["style"]) => {
    const last = spans.at(-1)
    if (text === "") return
    if (style === "normal" && last?.style === "normal") spans[spans.length - 1] = { text: last.text + text, style }
    else spans.push({ text, style })
  }
  let at = 0
  for (const { index, 0: whole, groups = {} } of text.matchAll(mark)) {
    put(text.slice(at, index), "normal")
    if (groups.code !== undefined) put(groups.code.replace(/^ (?=`)|(?<=`) $/g, ""), "code")
    else if (groups.strong !== undefined) put(groups.strong, "strong")
    else put(groups.literal ?? "", "normal")
    at = index + whole.length
  }
  put(text.slice(at), "normal")
  return spans
}

/** Text as it is read, without the marks. */
export const plainInline = (text: string) =>
  readInline(text)
    .map((span) => span.text)
    .join("") // prettier-ignore

/** On one line, cut where it gets wider than `columns`. */
export function clipInline(spans: readonly Span[], columns: number): Span[] {
  const out: Span[] = []
  let left = columns
  for (const { text, style } of spans) {
    const line = text.replace(/\s+/g, " ")
    const cut = clip(line, left)
    out.push({ text: cut, style })
    left -= displayWidth(cut)
    if (left <= 0 || cut !== line) break
  }
  return out
}

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
  let run: { style: Style; text: string } = { style: base, text: "" }
  const add = (style: Style, text: string) => {
    if (style !== run.style) {
      line += paint(run.style, run.text)
      run = { style, text: "" }
    }
    run.text += text
  }
  const flush = () => {
    lines.push(line + paint(run.style, run.text))
    run = { style: base, text: "" }
    line = ""
    used = 0
  }
  const put = (parts: readonly Span[], gap = "") => {
    for (const [index, part] of parts.entries()) {
      const style = part.style === "normal" ? base : part.style
      if (index === 0 && gap !== "") add(style === run.style ? style : base, gap)
      add(style, part.text)
    }
  }
  for (const word of wordsOf(spans)) {
    if (word.breakBefore) flush()
    const gap = used === 0 ? 0 : 1
    if (columns === 0 || used + gap + word.width <= columns) {
      put(word.parts, " ".repeat(gap))
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
