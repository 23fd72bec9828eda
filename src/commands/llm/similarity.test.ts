import fc from "fast-check"
import { expect, test } from "vitest"
import { similarity } from "./similarity.ts"

test("the same words in the same order are alike whatever the signs, other words are not", () => {
  expect(similarity("Hello, world!", "hello world")).toBe(1)
  expect(similarity("one two three", "four five six")).toBe(0)
  expect(similarity("a b c d", "a b c e")).toBe(0.75)
  expect(similarity("", "...")).toBe(1)
  expect(similarity("", "word")).toBe(0)
})

test("it is between 0 and 1, and the same both ways round", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c")).map((all) => all.join(" "))
  fc.assert(
    fc.property(words, words, (a, b) => {
      expect(similarity(a, b)).toBeGreaterThanOrEqual(0)
      expect(similarity(a, b)).toBeLessThanOrEqual(1)
      expect(similarity(a, b)).toBe(similarity(b, a))
      expect(similarity(a, a)).toBe(1)
    }),
  )
})
