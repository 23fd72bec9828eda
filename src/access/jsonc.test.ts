import fc from "fast-check"
import { expect, test } from "vitest"
import { editJsonc, nodeAt, parseJsonc, placeOf, plainValueOf } from "./jsonc.ts"

const plain = (text: string) => JSON.parse(JSON.stringify(plainValueOf(parseJsonc(text))))

test("whatever JSON writes is read as JSON reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(JSON.stringify(plainValueOf(parseJsonc(text)))).toEqual(JSON.stringify(JSON.parse(text)))
    }),
  )
})

test("any text is either read or refused with a place inside it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}[\]",:/*\s\\a1]{0,30}$/)), (text) => {
      try {
        parseJsonc(text)
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_JSON", status: 400 })
        const { line } = error as { line: number }
        expect(line).toBeLessThanOrEqual(text.split("\n").length)
      }
    }),
  )
})

test("comments and trailing commas are let through", () => {
  expect(plain('// top\n{ "a": 1, /* b */ "b": [1, 2,], }\n// end')).toEqual({ a: 1, b: [1, 2] })
})

test.each([
  ['{\n  "a": 1\n  "b": 2\n}', 3, /"," or "}" is expected, but found "\\""/],
  ['{\n  "a": \n}', 3, /A value is expected, but found "}"/],
  ['{ "a": "open', 1, /not closed/],
  ["{ a: 1 }", 1, /double quotes/],
  ["{} x", 1, /The end is expected/],
  ['{ "a": 1,\n "a": 2 }', 2, /stands twice/],
  ["/* open", 1, /comment is not closed/],
  ["", 1, /the text ends/],
  ["[".repeat(200), 1, /Nested more than/],
])("a mistake is named with its line: %j", (text, line, message) => {
  expect(() => parseJsonc(text)).toThrow(expect.objectContaining({ line, message: expect.stringMatching(message) }))
})

test("a key called __proto__ is only a key", () => {
  const value = plainValueOf(parseJsonc('{ "__proto__": { "admin": true } }'))
  expect(Object.getPrototypeOf(value)).toBeNull()
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test("a value is changed in its place and the comments stay", () => {
  const text = '{\n  // how long\n  "server": { "idleMinutes": 30 }, // minutes\n  "log": {}\n}\n'
  expect(editJsonc(text, ["server", "idleMinutes"], 5)).toBe(text.replace("30", "5"))
  expect(editJsonc(text, ["log", "level"], "debug")).toContain("// how long")
  expect(plain(editJsonc(text, ["log", "level"], "debug")).log).toEqual({ level: "debug" })
})

test("a missing file starts as an object", () => {
  expect(editJsonc("", ["a", "b"], 1)).toBe('{\n  "a": {\n    "b": 1\n  }\n}\n')
})

test("setting and taking out any key keeps the text valid and the other keys as they were", () => {
  const key = fc.constantFrom("a", "b", "c")
  const object = fc.dictionary(key, fc.oneof(fc.integer(), fc.dictionary(key, fc.integer())))
  fc.assert(
    fc.property(
      object,
      fc.tuple(key, key),
      fc.integer(),
      fc.constantFrom(0, 2),
      fc.boolean(),
      (start, path, n, indent, comma) => {
        const [first, second] = path
        if (typeof start[first] === "number") return
        const source = JSON.stringify(start, null, indent)
        const text = comma && Object.keys(start).length > 0 ? source.replace(/\n?\}$/, ", // last\n}") : source
        const set = editJsonc(text, path, n)
        const wanted = structuredClone(start) as Record<string, Record<string, number>>
        wanted[first] = { ...wanted[first], [second]: n }
        expect(plain(set)).toEqual(wanted)
        const removed = editJsonc(set, path, undefined)
        delete wanted[first]?.[second]
        expect(plain(removed)).toEqual(wanted)
      },
    ),
  )
})

test("a place is a line and a column", () => {
  const text = '{\n  "a": [1,\n 2]}'
  const node = nodeAt(parseJsonc(text), ["a", 1])
  expect(placeOf(text, node?.start ?? -1)).toEqual({ line: 3, column: 2 })
})
