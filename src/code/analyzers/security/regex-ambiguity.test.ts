import { expect, test } from "vitest"
import { slowness } from "./regex-ambiguity.ts"

const slow = [
  "(a+)+$",
  "(a*)*b",
  "(a|a)*b",
  "(a|aa)+$",
  "^(\\w+\\s?)*$",
  "(x+x+)+y",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
  "(.*a)*x",
  "([a-zA-Z]+)*$",
  "(\\d|\\d\\d)+z",
  '(?:[^"]|\\S)*!',
  "^([a-z0-9]+([\\-a-z0-9]*[a-z0-9]+)?\\.){0,}$",
]

const quick = [
  "a+b+",
  "(a|b)*c",
  "([a-z]+\\.)+[a-z]+$",
  "^\\d{4}-\\d{2}-\\d{2}$",
  "(?:[0-9a-f]{2}:)+[0-9a-f]{2}",
  "(a+)+",
  "^(?:[^,]*,)*$",
  '"(?:[^"\\\\]|\\\\.)*"',
  "(foo|bar|baz)+$",
  "[a-z]*[0-9]*$",
  "(?:a(?=b)b)*c",
  "(\\w+)=\\1+",
]

test.each(slow)("%s takes exponential time", (source) => {
  expect(slowness(source, "js")).toContain("exponential")
})

test.each(quick)("%s does not", (source) => {
  expect(slowness(source, "js")).toBeUndefined()
})

test("what is called slow is slow: the engine's time doubles with the text", () => {
  const timeOf = (source: string, sign: string, length: number) => {
    const text = `${sign.repeat(length)}\u0000`
    const startedAt = performance.now()
    new RegExp(source).test(text)
    return performance.now() - startedAt
  }
  // Counted against itself, not against a clock: ten more signs are about a thousand times the ways.
  const growth = timeOf("(a|aa)+$", "a", 28) / Math.max(timeOf("(a|aa)+$", "a", 12), 0.001)
  expect(growth).toBeGreaterThan(10)
})

test("expressions that can't be read or are too large are not judged", () => {
  for (const source of [
    "(",
    "[",
    "a**",
    "(?",
    "(a{1,500}){1,500}",
    "(?<n>a+)+\\k<n>",
    `(${"a|".repeat(400)}b)+$`,
    "\\",
  ])
    expect(slowness(source, "js")).toBeUndefined()
})
