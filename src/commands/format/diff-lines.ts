import type { Style } from "./paint.ts"

export interface DiffLine {
  readonly text: string
  /** Where the line stands: in the new file, or in the old one if it was taken out; undefined of a header. */
  readonly number: number | undefined
  readonly style: Style
}

/** The lines of a unified diff with the numbers that they have in their files, which its hunks' headers tell. */
export function diffLines(lines: readonly string[]): DiffLine[] {
  let [before, after, oldLeft, newLeft] = [0, 0, 0, 0]
  return lines.map((text): DiffLine => {
    const header = oldLeft + newLeft > 0 ? null : /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text)
    if (header) {
      ;[before, after] = [Number(header[1]), Number(header[3])]
      ;[oldLeft, newLeft] = [Number(header[2] ?? 1), Number(header[4] ?? 1)]
    }
    if (header || oldLeft + newLeft === 0 || text.startsWith("\\")) return { text, number: undefined, style: "quiet" }
    if (text.startsWith("+")) {
      newLeft--
      return { text, number: after++, style: "good" }
    }
    oldLeft--
    if (text.startsWith("-")) return { text, number: before++, style: "bad" }
    newLeft--
    before++
    return { text, number: after++, style: "normal" }
  })
}
