import { lineAt, lineStarts } from "../../../base/text.ts"
import type { Span } from "../../finding.ts"

/** Offsets of a text as lines and columns, 1-based. */
export interface Places {
  span(start: number, end: number): Span
  /** The text of a line, without its end. */
  line(number: number): string
}

export function placesIn(text: string): Places {
  const starts = lineStarts(text)
  const at = (offset: number) => {
    const line = lineAt(starts, offset)
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
  return {
    span(start, end) {
      const [a, b] = [at(start), at(Math.max(start, end))]
      return { startLine: a.line, startColumn: a.column, endLine: b.line, endColumn: b.column }
    },
    line: (number) => text.slice(starts[number - 1] ?? 0, starts[number] ?? text.length).replace(/\r?\n$/, ""),
  }
}
