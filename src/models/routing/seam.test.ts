import fc from "fast-check"
import { expect, test } from "vitest"
import { isRepeat, seam } from "./seam.ts"

/** What a reader sees who saw `shown` and then the pieces of a continuation. */
function joined(shown: string, pieces: readonly string[]): string {
  const join = seam(shown)
  return shown + pieces.map((piece) => join.push(piece)).join("") + join.finish()
}

test.each([
  ["goes on exactly", "The function retur", "ns a promise.", "The function returns a promise."],
  ["says the broken word again", "The function retur", "returns a promise.", "The function returns a promise."],
  [
    "says the last words again",
    "It takes the lock and waits",
    "the lock and waits for all.",
    "It takes the lock and waits for all.",
  ],
  ["begins anew", "It takes", "It takes the lock.", "It takes the lock."],
  ["begins anew and stops at once", "It takes the lock.", "It takes the", "It takes the lock."],
  ["goes on with a number", "It is 1", "100.", "It is 1100."],
  ["goes on with the same indentation", "if (a) {\n    ", "    b()", "if (a) {\n        b()"],
  ["goes on with a row that repeats itself", "[true, true, ", "true, true]", "[true, true, true, true]"],
  ["goes on with more of the same", "[true, true, true, ", "true, true, true]", "[true, true, true, true, true, true]"],
  ["goes on with a line", "| --- | ------", "------ |", "| --- | ------------ |"],
  [
    "goes on with a third row that is the same",
    "| a | bcdefgh |\n| a | bcdefgh |\n",
    "| a | bcdefgh |\n",
    "| a | bcdefgh |\n".repeat(3),
  ],
  ["says a doubled word", "It was very", " very good", "It was very very good"],
])("a continuation that %s", (_, shown, continuation, whole) => {
  expect(joined(shown, [continuation])).toBe(whole)
  expect(joined(shown, [...continuation])).toBe(whole)
})

test("nothing that can't be a repeat is held back", () => {
  const join = seam("The answer is simple")
  expect(join.push("Quite")).toBe("Quite")
  expect(join.push(" so")).toBe(" so")
})

/** Cuts a text into pieces at the given places. */
const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b)
  return places.slice(1).map((place, i) => text.slice(places[i], place))
}

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 9 }),
  fc.constantFrom("the", "lock", "lockstep", "{", "  ", "0,"),
)
const anyText = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(" ")),
  fc.string({ minLength: 1, unit: "binary" }),
  fc.array(fc.constantFrom("a", "b", " "), { minLength: 1, maxLength: 30 }).map((units) => units.join("")),
)

/** All ends of `shown` with which `continuation` begins and that would be taken for repeats, the longest first. */
const repeats = (shown: string, continuation: string): number[] =>
  Array.from({ length: Math.min(shown.length, continuation.length) }, (_, i) => i + 1)
    .filter((length) => shown.endsWith(continuation.slice(0, length)) && isRepeat(shown, length))
    .reverse()

test("any text broken anywhere is shown once, whether the continuation repeats its end, all of it, or nothing", () => {
  let repeating = 0
  fc.assert(
    fc.property(
      anyText,
      fc.nat(),
      fc.nat(),
      fc.constantFrom("exactly", "a part", "all"),
      fc.array(fc.nat(), { maxLength: 8 }),
      (text, cut, back, how, cuts) => {
        const at = cut % text.length
        const shown = text.slice(0, at)
        const length = how === "exactly" ? 0 : how === "all" ? at : back % (at + 1)
        const continuation = text.slice(at - length)
        // Where the text itself goes on as if it repeated, or too little is repeated to be told, nobody can know.
        const told = repeats(shown, continuation)
        fc.pre((told[0] ?? 0) === length)
        if (length > 0) repeating++
        expect(joined(shown, cutAt(continuation, cuts))).toBe(text)
      },
    ),
    { numRuns: 3000 },
  )
  expect(repeating).toBeGreaterThan(100)
})

test("what comes in pieces is joined as what comes at once", () => {
  fc.assert(
    fc.property(anyText, anyText, fc.nat(), fc.array(fc.nat(), { maxLength: 8 }), (shown, rest, back, cuts) => {
      const continuation = shown.slice(back % shown.length) + rest
      expect(joined(shown, cutAt(continuation, cuts))).toBe(joined(shown, [continuation]))
    }),
    { numRuns: 1000 },
  )
})
