/** A line with what ends it: `\n`, `\r\n`, or nothing for a last line without. */
export interface Line {
  readonly text: string
  readonly end: "" | "\n" | "\r\n"
}

/** The lines of a text; joined again they are the text, to the byte. "" has none. A lone `\r` is part of its line. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = []
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at)
    if (newline < 0) {
      lines.push({ text: text.slice(at), end: "" })
      break
    }
    const isWindows = newline > at && text.charAt(newline - 1) === "\r"
    lines.push({ text: text.slice(at, isWindows ? newline - 1 : newline), end: isWindows ? "\r\n" : "\n" })
    at = newline + 1
  }
  return lines
}

export const textOf = (lines: readonly Line[]): string => lines.map((line) => line.text + line.end).join("")

/** What most lines end in; `\n` where there is no line end. */
export function usualEnd(lines: readonly Line[]): "\n" | "\r\n" {
  const windows = lines.filter((line) => line.end === "\r\n").length
  return windows > lines.filter((line) => line.end === "\n").length ? "\r\n" : "\n"
}
