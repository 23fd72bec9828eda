import { harmless } from "../repl/ink.ts"

/**
 * A text that is being written, shown in the last rows of the terminal as it comes, and taken away when it is whole: what
 * is then printed is the checked and formatted one. So nothing is shown twice, and nothing unchecked stays.
 */
export interface LiveText {
  push(piece: string): void
  /** Something is on the screen, or will be in a moment. */
  readonly isShown: boolean
  /** Takes it away; the terminal is as it was before. */
  clear(): void
}

interface Screen {
  write(text: string): void
  columns(): number
  rows(): number
}

const hideCursor = "\x1b[?25l"
const showCursor = "\x1b[?25h"
/** Without wrapping by the terminal a line takes one row, whatever it thinks of a sign's width. */
const noWrap = "\x1b[?7l"
const wrap = "\x1b[?7h"
/** Row by row: tmux keeps in its history what an erasure of the whole screen takes away. */
const eraseRow = "\r\x1b[2K"
const eraseRowAbove = "\x1b[1A\x1b[2K"
/** Drawing more often is not seen. */
const betweenMs = 50

export function liveText(screen: Screen): LiveText {
  let text = ""
  let drawnRows = 0
  let timer: NodeJS.Timeout | undefined

  const erased = () => (drawnRows > 0 ? eraseRow + eraseRowAbove.repeat(drawnRows - 1) : "")
  const draw = () => {
    timer = undefined
    const rows = lastRows(text, Math.max(20, screen.columns() - 1), Math.max(3, screen.rows() - 2))
    screen.write(`${hideCursor}${noWrap}${erased()}${rows.join("\r\n")}${wrap}`)
    drawnRows = rows.length
  }

  return {
    push(piece) {
      text += harmless(piece)
      timer ??= setTimeout(draw, betweenMs)
    },
    get isShown() {
      return text !== ""
    },
    clear() {
      clearTimeout(timer)
      timer = undefined
      if (drawnRows > 0) screen.write(`${erased()}${showCursor}`)
      drawnRows = 0
      text = ""
    },
  }
}

/** The last rows of a text that is folded at spaces. */
function lastRows(text: string, columns: number, rows: number): string[] {
  // What is further up than this is off the screen anyway.
  const end = text.slice(-columns * rows).trimEnd()
  return end
    .split("\n")
    .flatMap((line) => folded(line, columns))
    .slice(-rows)
}

function folded(line: string, columns: number): string[] {
  const rows: string[] = []
  let row = ""
  let used = 0
  for (const word of line.split(/(?<= )/)) {
    const cells = cellsOf(word)
    if (used > 0 && used + cells > columns) {
      rows.push(row)
      row = ""
      used = 0
    }
    row += word
    used += cells
  }
  return [...rows, row]
}

/** Rather too many than too few: from Hangul on, most signs that are not letters of an alphabet take two. */
const cellsOf = (text: string) =>
  [...text].reduce((cells, sign) => cells + ((sign.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1), 0)
