import { expect, test } from "vitest"
import { screenOn } from "./screen.ts"

/** What a terminal of 20 columns shows of what is written: enough of one for texts, line ends, going up and erasing. */
function terminal() {
  let rows = [""]
  let [row, column] = [0, 0]
  const columns = 20
  const put = (sign: string) => {
    if (column === columns) [row, column] = [row + 1, 0]
    rows[row] = (rows[row] ?? "").padEnd(column).slice(0, column) + sign + (rows[row] ?? "").slice(column + 1)
    column += 1
  }
  return {
    columns,
    write(text: string) {
      for (const [part] of text.matchAll(/\x1b\[\d*[A-Za-z]|[\s\S]/g)) {
        const rowsUp = /^\x1b\[(\d+)A$/.exec(part)?.[1]
        if (rowsUp !== undefined) row -= Number(rowsUp)
        else if (part === "\x1b[J") rows = [...rows.slice(0, row), (rows[row] ?? "").slice(0, column)]
        else if (part === "\r") column = 0
        else if (part === "\n") [row, column] = [row + 1, 0]
        else if (!part.startsWith("\x1b")) put(part)
      }
    },
    shown: () => rows.map((one) => one ?? ""),
  }
}

/** A line editor of one row. */
function screenWith() {
  const output = terminal()
  const screen = screenOn(output)
  screen.editor = { rowsAbove: () => 0, redraw: () => output.write("\r\x1b[J> typed") }
  return { screen, shown: output.shown }
}

test.each([
  ["a word", "in the middle of a wo", "rd\n", ["in the middle of a w", "ord", "> typed"]],
  ["a full row", "exactly twenty signs", " and more\n", ["exactly twenty signs", " and more", "> typed"]],
  ["a colour", "\x1b[1mbold\x1b[0m te", "xt\n", ["bold text", "> typed"]],
])("a line in which typing begins is shown whole once it is: %s", (_, before, after, rows) => {
  const { screen, shown } = screenWith()
  screen.print("first\n")
  screen.print(before)
  screen.showInput(true)
  expect(shown()).toEqual(["first", "> typed"])
  screen.print(after)
  expect(shown()).toEqual(["first", ...rows])
})

test("a line that ends while nothing is typed any more goes on where it was", () => {
  const { screen, shown } = screenWith()
  screen.print("one ")
  screen.showInput(true)
  screen.print("two ")
  screen.showInput(false)
  screen.print("three")
  expect(shown()).toEqual(["one two three"])
})

test("a line of signs whose width is not known is broken, and nothing of it is lost", () => {
  const { screen, shown } = screenWith()
  screen.print("漢字")
  screen.showInput(true)
  screen.print("です\n")
  expect(shown()).toEqual(["漢字", "です", "> typed"])
})

test("a line that was the last is left as it is, with the input below", () => {
  const { screen, shown } = screenWith()
  screen.print("the end")
  screen.endLine()
  screen.showInput(true)
  expect(shown()).toEqual(["the end", "> typed"])
  screen.print("more")
  screen.endLine()
  expect(shown()).toEqual(["the end", "more", "> typed"])
})
