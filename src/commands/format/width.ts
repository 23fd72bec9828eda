// East Asian Wide and Fullwidth (Unicode 16, EastAsianWidth.txt, W and F), as first-last pairs.
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4dc0, 0x4dff],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d376],
  [0x20000, 0x3fffd],
]
const emoji = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}{2}/u
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
const ascii = /^[\x20-\x7e]*$/
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** What a reader sees as one character: letters with their accents, whole emoji. */
export function graphemes(text: string): string[] {
  if (ascii.test(text)) return text.split("")
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Columns that `text` takes on a terminal: 2 for CJK and emoji, 0 for marks; without control characters in it. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length
  let columns = 0
  for (const grapheme of graphemes(text)) columns += graphemeWidth(grapheme)
  return columns
}

function graphemeWidth(grapheme: string): 0 | 1 | 2 {
  if (emoji.test(grapheme)) return 2
  if (invisible.test(grapheme)) return 0
  const code = grapheme.codePointAt(0) ?? 0
  return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

/** The beginning of `text` that fits into `columns`, with an ellipsis in the last one when something was cut. */
export function clip(text: string, columns: number): string {
  // A minified line may have megabytes: no more of it is measured than could ever be shown.
  const start = text.length > columns * 32 + 32 ? text.slice(0, columns * 32 + 32) : text
  if (start.length === text.length && displayWidth(text) <= columns) return text
  return `${splitAt(start, Math.max(0, columns - 1))[0]}…`
}

/** `text` in two: what fits into `columns`, and the rest. Never splits a grapheme; the first part may be empty. */
export function splitAt(text: string, columns: number): [string, string] {
  let used = 0
  let end = 0
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme)
    if (used > columns) break
    end += grapheme.length
  }
  return [text.slice(0, end), text.slice(end)]
}

export const padEnd = (text: string, columns: number) => text + " ".repeat(Math.max(0, columns - displayWidth(text)))
export const padStart = (text: string, columns: number) => " ".repeat(Math.max(0, columns - displayWidth(text))) + text
