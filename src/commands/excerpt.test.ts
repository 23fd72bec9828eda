import fc from "fast-check"
import { expect, test } from "vitest"
import { excerptOf, soughtRuns, soughtWords } from "./excerpt.ts"

const passage = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`)
const withLines = (changes: Readonly<Record<number, string>>) =>
  passage.map((line, at) => changes[at + 1] ?? line).join("\n")
const sought = { textLine: 1, headLine: undefined, matches: [], stems: new Set<string>(), most: 12 }

test("a passage that fits is shown whole", () => {
  const excerpt = excerptOf("one\ntwo\nthree\n", { ...sought, textLine: 7, matches: [8] })
  expect(excerpt).toEqual({ numbers: [7, 8, 9], text: "one\ntwo\nthree" })
  const all = excerptOf(withLines({}), { ...sought, matches: [20], most: Number.POSITIVE_INFINITY })
  expect(all.numbers).toEqual(passage.map((_, at) => at + 1))
})

test("of a long one the head is kept, and the lines with most different words, each with its neighbours", () => {
  const text = withLines({ 3: "parse ()", 9: "cookie", 10: "cookie", 11: "cookie", 30: "cookie header" })
  const stems = new Set(["cooki", "header"])
  const { numbers } = excerptOf(text, { ...sought, headLine: 3, matches: [9, 10, 11, 30], stems })
  expect(numbers).toEqual(expect.arrayContaining([3, 8, 9, 10, 29, 30, 31]))
  expect(numbers.length).toBeLessThanOrEqual(16)
})

test("every line that a pattern matches is shown as long as there is room", () => {
  const { numbers } = excerptOf(withLines({}), { ...sought, matches: [2, 8, 14, 20, 26, 32, 38] })
  expect(numbers).toEqual(expect.arrayContaining([2, 8, 14, 20, 26, 32, 38]))
})

test("a passage without a match is shown from its head", () => {
  expect(excerptOf(withLines({}), { ...sought, headLine: 5 }).numbers).toEqual([
    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
  ])
  expect(excerptOf(withLines({}), sought).numbers[0]).toBe(1)
})

test("an excerpt is lines of the passage, in order, each with its number, and hardly more than were asked for", () => {
  const line = fc.integer({ min: 95, max: 145 })
  const given = fc.record({
    headLine: fc.option(line, { nil: undefined }),
    matches: fc.uniqueArray(line),
    most: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(
      given,
      fc.array(fc.string({ unit: fc.constantFrom("a", "header ", " ") }), { minLength: 1, maxLength: 40 }),
      (wanted, lines) => {
        const text = lines.join("\n")
        const { numbers, text: shown } = excerptOf(text, { ...wanted, textLine: 100, stems: new Set(["header"]) })
        const own = text.replace(/\n$/, "").split("\n")
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        expect(shown).toBe(numbers.map((number) => own[number - 100]).join("\n"))
        expect(numbers.length).toBeGreaterThan(0)
        expect(numbers.length).toBeLessThanOrEqual(wanted.most * 3)
      },
    ),
  )
})

test("sought words are found in other forms and inside of names, as they stand", () => {
  const stems = new Set(["retri", "backoff"])
  expect(soughtWords("const maxRetries = backoff(retryCount); // Retrying", stems)).toEqual([
    "Retries",
    "backoff",
    "retry",
    "Retrying",
  ])
  expect(soughtWords("nothing of it", stems)).toEqual([])
  expect(soughtRuns("X-API-Key: x-api-key", "x-Api-key")).toEqual(["X-API-Key", "x-api-key"])
  expect(soughtRuns("anything", "")).toEqual([])
})
