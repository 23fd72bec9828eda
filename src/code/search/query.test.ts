import fc from "fast-check"
import { expect, test } from "vitest"
import { parseQuery } from "./query.ts"

test("filters are read from the text and added to those given", () => {
  const query = parseQuery({
    text: 'retry path:src/ -path:"old code" lang:go,rust kind:function changed:7d backoff',
    filters: { path: ["lib"] },
  })
  expect(query.text).toBe("retry backoff")
  expect(query.filters).toEqual({
    path: ["lib", "src/", "-old code"],
    lang: ["go", "rust"],
    kind: ["function"],
    changed: "7d",
  })
})

test("quoted runs are phrases, and their words are searched for too", () => {
  const query = parseQuery({ text: 'where is "connection refused" handled' })
  expect(query.phrases).toEqual(["connection refused"])
  expect(query.words).toEqual(["connection", "refused", "handled"])
  expect(query.ignored).toEqual(["where", "is"])
})

test("a compound word is searched for as a whole before its parts", () => {
  const weight = new Map(parseQuery({ text: "parseHeader" }).terms.map(({ shown, weight }) => [shown, weight]))
  expect([...weight.keys()].slice(0, 3).sort()).toEqual(["header", "parse", "parseHeader"])
  expect(weight.get("parseHeader")).toBeGreaterThan(weight.get("parse") ?? 9)
})

test("another word for the same counts less than the word itself", () => {
  const { terms } = parseQuery({ text: "configuration" })
  const config = terms.find(({ stem }) => stem === "config")
  expect(config).toMatchObject({ isSynonym: true, word: 0 })
  expect(config?.weight).toBeLessThan(terms[0]?.weight ?? 0)
})

test("words that every commit message uses count little beside better ones, and fully without", () => {
  const weightOf = (text: string, stem: string) =>
    parseQuery({ text }).terms.find((term) => term.stem === stem)?.weight ?? 0
  expect(weightOf("fix scheduler", "fix")).toBeLessThan(weightOf("fix scheduler", "schedul"))
  expect(weightOf("fix", "fix")).toBe(1)
})

test("any text is a query", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      const query = parseQuery({ text })
      expect(query.terms.every(({ weight }) => weight > 0)).toBe(true)
    }),
  )
})
