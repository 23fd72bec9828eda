import { Writable } from "node:stream"
import { stripVTControlCharacters } from "node:util"

/** The terminal between what is shown and what is typed: the line that is edited stays below, whatever comes in. */
export interface Screen {
  print(text: string): void
  /** Nothing more comes of a line that has no end yet. */
  endLine(): void
  /** Shows the line that is edited, or takes it away; while it is away text is shown as it comes. */
  showInput(isShown: boolean): void
  readonly isInputShown: boolean
  /** An empty screen, with the line that is edited at its top. */
  clear(): void
  /** Another program has the terminal: what is printed waits for it to end. */
  lend(isLent: boolean): void
  /** Where the line editor writes. */
  readonly echo: Writable
  /** Set once the line editor is there. */
  editor: Editor | undefined
}

export interface Editor {
  /** Rows above the cursor that the edited line takes. */
  rowsAbove(): number
  redraw(): void
}

export interface Output {
  readonly columns?: number
  write(text: string): void
}

const eraseBelow = "\x1b[J"
const up = (rows: number) => (rows > 0 ? `\x1b[${rows}A` : "")

export function screenOn(output: Output): Screen {
  let isInputShown = false
  /** What stands in the cursor's line, as far as it was shown here. */
  let open = ""
  /** A line that is not whole yet waits while the input is shown. */
  let held = ""
  let isLent = false
  let waiting = ""

  const columns = () => output.columns ?? 80
  const write = (text: string) => {
    if (text === "") return
    output.write(text)
    open = (open + text).slice((open + text).lastIndexOf("\n") + 1)
  }
  /** Takes back a line that is not whole, to be shown when it is; one whose rows can't be told is broken instead. */
  const takeBack = () => {
    const plain = stripVTControlCharacters(open)
    if (/[^ -~]/.test(plain)) return write("\n")
    output.write(`\r${up(Math.ceil(plain.length / columns()) - 1)}${eraseBelow}`)
    held = open
    open = ""
  }
  const erase = () => output.write(`\r${up(screen.editor?.rowsAbove() ?? 0)}${eraseBelow}`)

  const echo = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      if (isInputShown && !isLent) output.write(chunk.toString())
      done()
    },
  })
  // The line editor folds lines by it.
  Object.defineProperty(echo, "columns", { get: columns })

  const screen: Screen = {
    editor: undefined,
    echo,
    get isInputShown() {
      return isInputShown
    },
    clear() {
      output.write("\x1b[2J\x1b[H")
      held = ""
      open = ""
      if (isInputShown) screen.editor?.redraw()
    },
    lend(wanted) {
      isLent = wanted
      if (wanted) return
      open = ""
      const text = waiting
      waiting = ""
      screen.print(text)
    },
    print(text) {
      if (isLent) {
        waiting += text
        return
      }
      if (!isInputShown) return write(text)
      held += text
      const end = held.lastIndexOf("\n") + 1
      if (end === 0) return
      erase()
      write(held.slice(0, end))
      held = held.slice(end)
      screen.editor?.redraw()
    },
    endLine() {
      if (isInputShown ? held !== "" : open !== "") screen.print("\n")
    },
    showInput(wanted) {
      if (wanted === isInputShown) {
        if (wanted) screen.editor?.redraw()
        return
      }
      if (wanted) {
        if (open !== "") takeBack()
        isInputShown = true
        screen.editor?.redraw()
      } else {
        erase()
        isInputShown = false
        const rest = held
        held = ""
        write(rest)
      }
    },
  }
  return screen
}
