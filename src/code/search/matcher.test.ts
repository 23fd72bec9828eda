import fc from "fast-check"
import { expect, test } from "vitest"
import { InvalidInputError } from "../../base/errors.ts"
import { signatureOf } from "../index/grams.ts"
import { isTame, literalMatcher, regexMatcher } from "./matcher.ts"
import { neededBy } from "./regex-literals.ts"

test.each([
  ["hello", { all: ["hello"], any: [] }],
  ["foo.*barbar", { all: ["foo", "barbar"], any: [] }],
  ["colou?r_name", { all: ["colo", "r_name"], any: [] }],
  ["(?:alpha|beta)Suffix", { all: ["Suffix"], any: [] }],
  ["alpha|beta", { all: [], any: [["alpha"], ["beta"]] }],
  ["alpha|b", null],
  ["a(bcd)+e", { all: ["bcd"], any: [] }],
  ["x(?!never)yes", { all: ["yes"], any: [] }],
  ["\\bword\\b\\(", { all: ["word("], any: [] }],
  ["[a-z]+", null],
  ["\\u0041bcd", { all: ["bcd"], any: [] }],
  [".*", null],
])("a match of %s must hold its literal runs", (source, needed) => {
  expect(neededBy(source)).toEqual(needed)
})

test("no file that matches is passed over, whatever the pattern", () => {
  const piece = fc.constantFrom("ab", "cde", ".", "x*", "[fg]h", "(ij|klm)", "(?:nop)?", "\\d+", "qrst", "\\.", "u{2}")
  const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""))
  const line = fc
    .array(fc.constantFrom("ab", "cde", "z", "x", "fh", "ij", "klm", "nop", "7", "qrst", ".", "uu", "FH"), {
      maxLength: 14,
    })
    .map((parts) => parts.join(""))
  fc.assert(
    fc.property(pattern, line, (source, text) => {
      const matcher = regexMatcher(source, false)
      if (new RegExp(source, "i").test(text)) {
        expect(matcher.mayMatch(signatureOf(text))).toBe(true)
        expect(matcher.find(text)).toBeGreaterThanOrEqual(0)
      } else expect(matcher.find(text)).toBe(-1)
    }),
    { numRuns: 500 },
  )
})

test("a pattern made to run for ever is matched in linear time", () => {
  for (const source of ["(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)z", "([a-z]+)*!"]) {
    expect(isTame(source)).toBe(false)
    expect(regexMatcher(source, true).find(`${"a".repeat(1900)}!b`)).toBeGreaterThanOrEqual(-1)
  }
})

test("a pattern that is none, or can't be matched safely, is said to be so", () => {
  expect(() => regexMatcher("(unclosed", false)).toThrow(InvalidInputError)
  expect(() => regexMatcher("(a+)+\\1", false)).toThrow(InvalidInputError)
})

test("a text is found in other case unless case counts", () => {
  expect(literalMatcher("Retry", false).find("const retryCount")).toBe(6)
  expect(literalMatcher("Retry", true).find("const retryCount")).toBe(-1)
})
