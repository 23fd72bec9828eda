import fc from "fast-check"
import { expect, test } from "vitest"
import { count, lineAt, lineStarts, truncate } from "./text.ts"

test("line starts split a text exactly as its line ends do", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "\r", "é")), (parts) => {
      const text = parts.join("")
      const starts = lineStarts(text)
      const lines = starts.map((start, i) => text.slice(start, starts[i + 1] ?? text.length))
      expect(lines.join("")).toBe(text)
      expect(lines.map((line) => line.replace(/\r\n|\r|\n/, ""))).toEqual(text.split(/\r\n|\r|\n/))
    }),
  )
})

test("an offset stands in the line that begins last before it", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "\r")), fc.nat(20), (parts, offset) => {
      const starts = lineStarts(parts.join(""))
      expect(lineAt(starts, offset)).toBe(starts.filter((start) => start <= offset).length - 1)
    }),
  )
})

test("a truncated text is never longer than asked and never half a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, maxLength) => {
      const cut = truncate(text, maxLength)
      expect(cut.length).toBeLessThanOrEqual(Math.max(maxLength, 1))
      expect(cut.isWellFormed()).toBe(true)
    }),
  )
})

test("counts agree with their noun", () => {
  expect(count(1, "file")).toBe("1 file")
  expect(count(1200, "file")).toBe("1,200 files")
  expect(count(2, "match", "matches")).toBe("2 matches")
})
