import fc from "fast-check"
import { expect, test } from "vitest"
import { progressLine, progressView } from "./progress.ts"

function drawing() {
  const written: string[] = []
  let nowMs = 0
  const view = progressView(true, { write: (text) => written.push(text), columns: () => 80, now: () => nowMs })
  return { view, written, pass: (ms: number) => (nowMs += ms) }
}

test("nothing is drawn for work that ends at once, and nothing has to be cleared then", () => {
  const { view, written } = drawing()
  view.show({ phase: "scan", done: 1, total: 2 })
  view.clear()
  expect(written).toEqual([])
})

test("the cursor is hidden while a bar is drawn and comes back when it is cleared, once", () => {
  const { view, written, pass } = drawing()
  pass(200)
  view.show({ phase: "scan", done: 1, total: 2 })
  view.show({ phase: "scan", done: 2, total: 2 })
  expect(written).toHaveLength(1)
  expect(written[0]).toContain("\x1b[?25l")
  view.clear()
  view.clear()
  expect(written).toHaveLength(2)
  expect(written[1]).toBe("\r\x1b[2K\x1b[?25h")
})

test("nobody looks: nothing is written", () => {
  const written: string[] = []
  const view = progressView(false, { write: (text) => written.push(text), columns: () => 80, now: () => 1e6 })
  view.show({ phase: "scan" })
  view.clear()
  expect(written).toEqual([])
})

test("a line says what is done, and fits the terminal whatever it is told", () => {
  expect(progressLine({ phase: "index", message: "Indexing", done: 1234, total: 2468 }, 80)).toMatch(
    /^Indexing {2}━{12}─{12} {2}50 % {2}1,234\/2,468$/,
  )
  expect(progressLine({ phase: "scan", done: 7 }, 80)).toBe("scan  7")
  expect(progressLine({ phase: "scan", message: "a\nb\x1b[31m" }, 80)).toBe("a b [31m")
  fc.assert(
    fc.property(
      fc.string(),
      fc.nat(),
      fc.integer(),
      fc.integer({ min: 0, max: 300 }),
      (message, done, total, columns) => {
        const line = progressLine({ phase: "p", message, done, total }, columns)
        expect(line.length).toBeLessThanOrEqual(Math.max(10, columns - 1))
      },
    ),
  )
})
