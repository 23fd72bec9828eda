import { lineAt, lineStarts } from "../../base/text.ts"

/** As LSP has it: lines and UTF-16 code units from 0. */
export interface Position {
  readonly line: number
  readonly character: number
}

export interface Range {
  readonly start: Position
  readonly end: Position
}

/** Turns offsets of one text into positions and back. Positions beyond a line's or the text's end are taken as that end. */
export function positionsIn(text: string) {
  const starts = lineStarts(text)
  return {
    at(offset: number): Position {
      const line = lineAt(starts, offset)
      return { line, character: offset - (starts[line] ?? 0) }
    },
    offset({ line, character }: Position): number {
      const start = starts[line]
      if (start === undefined) return text.length
      const next = starts[line + 1]
      const end = next === undefined ? text.length : endOfLine(text, start, next)
      return Math.min(start + character, end)
    },
  }
}

function endOfLine(text: string, start: number, next: number): number {
  let end = next
  while (end > start && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--
  return end
}
