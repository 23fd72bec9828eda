import fc from "fast-check"
import { expect, test } from "vitest"
import { focus } from "./focus.ts"

const numbered = (count: number, special: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, i) => special[i + 1] ?? `line ${i + 1}`).join("\n")

test("a passage that fits is quoted whole, with the lines that answer marked", () => {
  expect(focus("function retry() {\n  wait()\n  return again()\n}", 10, ["retry"], 20)).toEqual({
    startLine: 10,
    endLine: 13,
    text: "function retry() {\n  wait()\n  return again()\n}",
    marked: [10],
  })
})

test("of a long passage the lines with the most different words are quoted", () => {
  const text = numbered(100, { 70: "the lease expires", 72: "fencing token grows", 5: "lease" })
  const excerpt = focus(text, 1, ["lease", "token", "fencing"], 10)
  expect(excerpt.startLine).toBeGreaterThan(60)
  expect(excerpt.marked).toEqual([70, 72])
})

test("a long passage that says nothing is quoted from its head", () => {
  expect(focus(numbered(100), 41, ["nothing"], 10)).toMatchObject({ startLine: 41, endLine: 50, marked: [] })
})

test("an excerpt is always the lines that it says it is", () => {
  const lines = fc.array(fc.constantFrom("", "alpha", "beta gamma", "  alpha beta"), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(
      lines,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 500 }),
      (all, maxLines, startLine) => {
        const { text, ...where } = focus(all.join("\n"), startLine, ["alpha", "gamma"], maxLines)
        expect(where.endLine - where.startLine + 1).toBeLessThanOrEqual(maxLines)
        const quoted = all.slice(where.startLine - startLine, where.endLine - startLine + 1).join("\n")
        expect(text.trimEnd()).toBe(quoted.trimEnd())
        for (const line of where.marked) expect(all[line - startLine]).toMatch(/alpha|gamma/)
      },
    ),
  )
})
