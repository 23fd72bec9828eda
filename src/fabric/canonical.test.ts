import fc from "fast-check"
import { expect, test } from "vitest"
import { canonicalJson } from "./canonical.ts"

const json = () => fc.jsonValue({ stringUnit: "binary" })
const wellFormed = () => json().filter((value) => JSON.stringify(value).isWellFormed() && !hasLoneSurrogate(value))

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed()
  if (Array.isArray(value)) return value.some(hasLoneSurrogate)
  if (value !== null && typeof value === "object")
    return Object.entries(value).some(([key, member]) => !key.isWellFormed() || hasLoneSurrogate(member))
  return false
}

/** The same value with the keys of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered)
  if (value === null || typeof value !== "object") return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, member]) => [key, reordered(member)]))
}

test("what was written reads back as the same value", () => {
  fc.assert(
    fc.property(wellFormed(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test("the order in which keys were set makes no difference", () => {
  fc.assert(
    fc.property(wellFormed(), (value) => {
      expect(canonicalJson(reordered(value))).toBe(canonicalJson(value))
    }),
  )
})

test("different values give different text, and writing what was read changes nothing", () => {
  fc.assert(
    fc.property(wellFormed(), wellFormed(), (one, other) => {
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isSame(one, other))
      expect(canonicalJson(JSON.parse(canonicalJson(one)))).toBe(canonicalJson(one))
    }),
  )
  function isSame(one: unknown, other: unknown): boolean {
    return JSON.stringify(reordered(sortedKeys(one))) === JSON.stringify(reordered(sortedKeys(other)))
  }
  function sortedKeys(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sortedKeys)
    if (value === null || typeof value !== "object") return value
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => [key, sortedKeys(member)]),
    )
  }
})

test("keys, numbers and strings are written as RFC 8785 asks", () => {
  // The examples of RFC 8785, sections 3.2.3 and 3.2.2.
  const order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"]
  const value = Object.fromEntries([3, 6, 0, 5, 1, 4, 2].map((index) => [order[index], index]))
  expect(canonicalJson(value)).toBe(`{${order.map((key, index) => `${JSON.stringify(key)}:${index}`).join(",")}}`)
  expect(canonicalJson([1 / 3, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe("[0.3333333333333333,1e+30,4.5,0.002,1e-27,0]")
  expect(canonicalJson('€$\u000f\nA\'B"\\\\"/')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
})

test("what JSON would drop or change is refused, with its place", () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  const refused: readonly [unknown, string][] = [
    [{ a: { b: undefined } }, "a.b is undefined"],
    [undefined, "The value is undefined"],
    [[1, Number.NaN], "1 is NaN"],
    [{ n: Number.POSITIVE_INFINITY }, "n is Infinity"],
    [{ s: "\ud800" }, "s has a lone surrogate"],
    [{ "\udc00": 1 }, "lone surrogate"],
    [{ big: 1n }, "big is a bigint"],
    [{ f: () => 1 }, "f is a function"],
    [{ at: new Date(0) }, "at is not a plain object"],
    [{ m: new Map() }, "m is not a plain object"],
    [cycle, "contains itself"],
    [new Array(1), "0 is undefined"],
  ]
  for (const [value, message] of refused) {
    expect(() => canonicalJson(value)).toThrow(message)
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: "NOT_JSON" }))
  }
})

test("a key named __proto__ is data like any other", () => {
  const value: unknown = JSON.parse('{"__proto__":{"a":1},"b":2}')
  expect(canonicalJson(value)).toBe('{"__proto__":{"a":1},"b":2}')
})
