import fc from "fast-check"
import { expect, test } from "vitest"
import { partsOf, termsOf, wordsOf } from "./words.ts"

test("an identifier is found by its parts and as a whole, in any style", () => {
  expect(partsOf("parseHTTPHeader2")).toEqual(["parse", "http", "header", "2"])
  expect(partsOf("MAX_RETRY_COUNT")).toEqual(["max", "retry", "count"])
  expect(partsOf("__init__")).toEqual(["init"])
  expect(partsOf("$scope_x1Y")).toEqual(["scope", "x", "1", "y"])
  expect(partsOf("ABc")).toEqual(["a", "bc"])
  expect(partsOf("größeMessen")).toEqual(["größe", "messen"])
  expect(termsOf("fileNames")).toEqual(["file", "name", "filenam"])
  for (const style of ["retryCount", "retry_count", "RetryCount", "RETRY_COUNT"])
    expect(termsOf(style)).toEqual(expect.arrayContaining(["retri", "count", "retrycount"]))
})

test("words of one stem are one term", () => {
  expect(termsOf("retrying")).toEqual(termsOf("retry"))
  expect(termsOf("Connections")).toEqual(termsOf("connection"))
})

test("words that say nothing, single letters and long numbers are no terms", () => {
  for (const word of ["the", "which", "i", "x", "7", "1234567890"]) expect(termsOf(word)).toEqual([])
  expect(termsOf("404")).toEqual(["404"])
  expect(termsOf("sha256")).toEqual(["sha", "256", "sha256"])
})

test("scripts without spaces are found by pairs of characters, and as a whole", () => {
  expect(termsOf("検索結果")).toEqual(["検索", "索結", "結果", "検索結果"])
})

test("punctuation parts words, letters of any script do not", () => {
  expect(wordsOf("a.b(c_d, $e) — naïve “größe”")).toEqual(["a", "b", "c_d", "$e", "naïve", "größe"])
})

test("any text is taken apart without a throw, into words that stand in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      for (const word of wordsOf(text)) {
        expect(text).toContain(word)
        for (const term of termsOf(word)) expect(term.length).toBeGreaterThan(0)
      }
    }),
  )
})
