import fc from "fast-check"
import { expect, test } from "vitest"
import { jsonTexts } from "./json-text.ts"

const first = (answer: string) => jsonTexts(answer)[Symbol.iterator]().next().value?.value

test.each([
  ["the whole answer", ' {"a": 1}\n', { a: 1 }],
  ["a byte order mark", '\uFEFF{"a": 1}', { a: 1 }],
  ["a fence", 'Here you are:\n```json\n{"a": 1}\n```\nEnjoy!', { a: 1 }],
  ["a fence without a language", "```\n[1, 2]\n```", [1, 2]],
  ["a fence that was never closed", 'Sure:\n```json\n{"a": "```"}', { a: "```" }],
  ["prose around", 'The answer is {"a": "}\\"{"} as you can see.', { a: '}"{' }],
  ["braces in prose before it", 'Use {curly} and [square] ones: {"a": [1]}', { a: [1] }],
  ["an open brace before it", 'Like { this: {"a": 1}', { a: 1 }],
  ["a thought before it", '<think>maybe {"a": 0}?</think>{"a": 1}', { a: 1 }],
  ["a plain value", "42", 42],
])("%s is no hindrance", (_, answer, value) => {
  expect(first(answer)).toEqual(value)
})

test("where there is no JSON there is none", () => {
  for (const answer of ["", "no", "{oops}", '{"a": 1', "```json\n{,}\n```"]) expect([...jsonTexts(answer)]).toEqual([])
})

test("many brackets take no time", () => {
  const startedAt = performance.now()
  for (const sign of ["{", "[", '{"', '["{']) expect([...jsonTexts(sign.repeat(200_000))]).toEqual([])
  expect([...jsonTexts("{}[".repeat(100_000))].length).toBeLessThan(200)
  expect(performance.now() - startedAt).toBeLessThan(5000)
})

test("any object is found again in any prose without brackets", () => {
  const prose = fc.string().map((text) => text.replace(/[[\]{}`<"\d]/g, "-").trim())
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      prose,
      prose,
      fc.boolean(),
      (value, before, after, isFenced) => {
        const json = JSON.stringify(value)
        const answer = isFenced ? `${before}\n\`\`\`json\n${json}\n\`\`\`\n${after}` : `${before} ${json} ${after}`
        expect([...jsonTexts(answer)].map((found) => JSON.stringify(found.value))).toContain(json)
      },
    ),
  )
})
