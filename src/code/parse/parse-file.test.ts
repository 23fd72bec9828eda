import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { ParsedFile } from "../types.ts"
import { fixtures, outlineOf } from "./fixtures.testing.ts"
import { languages } from "./languages.ts"
import { maxParsedLength, parseFile } from "./parse-file.ts"

test.each(fixtures)(
  "$path gives the definitions, imports, references and chunks that are written down",
  async (fixture) => {
    const parsed = await parseFile(fixture.path, fixture.text)
    await expect(outlineOf(parsed)).toMatchFileSnapshot(fixture.outlinePath)
    expect(parsed.hasErrors).toBe(false)
    expectSound(parsed, fixture.text)
  },
)

test("every language has a fixture", async () => {
  const parsed = await Promise.all(fixtures.map(({ path, text }) => parseFile(path, text)))
  expect(parsed.map(({ language }) => language).toSorted()).toEqual(languages.map(({ id }) => id).toSorted())
})

describe("broken code", () => {
  test("still yields what can be parsed", async () => {
    const text =
      "export function one() { return 1 }\n\nconst half = = one(\n\nclass A {\n  two() {}\n}\nfunction three() {}\n"
    const parsed = await parseFile("a.ts", text)
    expect(parsed.hasErrors).toBe(true)
    expect(parsed.symbols.map(({ name }) => name)).toEqual(expect.arrayContaining(["one", "two", "three"]))
  })

  test("of any kind never throws and is covered by chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fixtures),
        fc.array(
          fc.record({ at: fc.nat(), cut: fc.nat({ max: 60 }), put: fc.string({ unit: "binary", maxLength: 3 }) }),
          {
            maxLength: 4,
          },
        ),
        async ({ path, text }, changes) => {
          let changed = text
          for (const { at, cut, put } of changes) {
            const place = at % (changed.length + 1)
            changed = changed.slice(0, place) + put + changed.slice(place + cut)
          }
          expectSound(await parseFile(path, changed), changed)
        },
      ),
      { numRuns: 200 },
    )
  })

  test("cut off at any place never throws and is covered by chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fixtures), fc.nat(), async ({ path, text }, at) => {
        const cut = text.slice(0, at % text.length)
        expectSound(await parseFile(path, cut), cut)
      }),
      { numRuns: 200 },
    )
  })
})

test("any text under any name is covered by chunks", async () => {
  const unit = fc.constantFrom(
    "a",
    "foo",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "{",
    "}",
    "(",
    ")",
    '"',
    "#",
    "é",
    "😀",
    "\0",
  )
  const name = fc.constantFrom(...languages.map(({ extensions }) => `x${extensions[0]}`), "notes.txt", "LICENSE")
  const strategy = fc.constantFrom("hybrid", "semantic", "size")
  await fc.assert(
    fc.asyncProperty(name, fc.array(unit, { maxLength: 200 }), strategy, async (path, units, strategy) => {
      const text = units.join("")
      expectSound(await parseFile(path, text, { strategy, maxTokens: 20 }), text)
    }),
    { numRuns: 300 },
  )
})

test("a file without a known language becomes text chunks at its paragraphs", async () => {
  const paragraph = `${"Some words of a text. ".repeat(60)}\n\n`
  const parsed = await parseFile("notes.txt", paragraph.repeat(6))
  expect(parsed.language).toBe("text")
  expect(parsed.chunks.length).toBeGreaterThan(1)
  expect(parsed.chunks.every(({ kind }) => kind === "text")).toBe(true)
  expectSound(parsed, paragraph.repeat(6))
})

test("a minified file has no chunks, one with a single long line among others has", async () => {
  const long = `var a=${"1+".repeat(4000)}1;`
  expect((await parseFile("a.min.js", long)).chunks).toEqual([])
  const mixed = `${long}\n${"function f() { return 1 }\n".repeat(500)}`
  expect((await parseFile("a.js", mixed)).symbols.length).toBe(501)
})

test("a file too large to parse becomes text chunks", async () => {
  const text = "const a = 1\n".repeat(maxParsedLength / 10)
  const parsed = await parseFile("a.js", text)
  expect(parsed.language).toBe("javascript")
  expect(parsed.symbols).toEqual([])
  expect(parsed.chunks.length).toBeGreaterThan(10)
})

test("a file that takes too long becomes text chunks", async () => {
  const text = "foo(bar, [1, 2, 3])\n".repeat(20_000)
  expect((await parseFile("a.py", text, { timeLimitMs: 0 })).references).toEqual([])
  expect((await parseFile("a.py", text)).references.length).toBe(20_000)
})

test("nesting without end is read like any other", async () => {
  const text = `${"[".repeat(20_000)}${"]".repeat(20_000)}`.replace(/(.{80})/g, "$1\n")
  expectSound(await parseFile("a.json", text), text)
  const sum = Array.from({ length: 5000 }, (_, i) => `a${i}()`).join(" +\n")
  const parsed = await parseFile("a.js", sum)
  expect(parsed.references.length).toBe(5000)
})

test("a C prototype keeps its semicolon, by which it is told from the definition", async () => {
  const { symbols } = await parseFile("a.c", "int f(void);\n\nint f(void) { return 1; }\n")
  expect(symbols.map(({ signature }) => signature)).toEqual(["int f(void);", "int f(void)"])
})

test("a header with C++ in it is parsed as C++", async () => {
  const cpp = await parseFile("a.h", "#pragma once\nnamespace a {\nclass B { public: void c(); };\n}\n")
  expect(cpp.symbols.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["module a", "class B", "method c"])
  expect((await parseFile("a.h", "struct a { int b; };\nint f(struct a *x);\n")).language).toBe("c")
})

test("the clauses of an Elixir function are one definition", async () => {
  const text = "defmodule A do\n  def f(0), do: 1\n  def f(n), do: f(n - 1)\n\n  def g, do: f(2)\nend\n"
  const { symbols, references } = await parseFile("a.ex", text)
  expect(symbols.map(({ name, startLine, endLine }) => [name, startLine, endLine])).toEqual([
    ["A", 1, 6],
    ["f", 2, 3],
    ["g", 5, 5],
  ])
  expect(references.map(({ name, line, within }) => [name, line, symbols[within]?.name])).toEqual([
    ["f", 3, "f"],
    ["f", 5, "g"],
  ])
})

/** What holds of every parsed file. */
function expectSound(parsed: ParsedFile, text: string) {
  const { chunks, symbols, references, imports, lines } = parsed
  const isForMachines = chunks.length === 0
  let next = 1
  for (const chunk of chunks) {
    expect(chunk.startLine).toBe(next)
    expect(chunk.endLine).toBeGreaterThanOrEqual(chunk.startLine)
    expect(chunk.symbol).toBeLessThan(symbols.length)
    next = chunk.endLine + 1
  }
  expect(lines).toBe(text === "" ? 0 : text.replace(/(?:\r\n|\r|\n)$/, "").split(/\r\n|\r|\n/).length)
  if (!isForMachines || text === "") expect(next - 1).toBe(lines)
  for (const one of symbols) {
    expect(one.name).not.toBe("")
    expect(one.startLine).toBeGreaterThanOrEqual(1)
    expect(one.endLine).toBeGreaterThanOrEqual(one.startLine)
    expect(one.endLine).toBeLessThanOrEqual(lines)
    expect(one.signature.length).toBeLessThanOrEqual(300)
    expect(one.signature).not.toMatch(/[\r\n]/)
  }
  for (const one of references) {
    expect(one.name).not.toBe("")
    expect(one.line).toBeLessThanOrEqual(lines)
    expect(one.within).toBeLessThan(symbols.length)
  }
  for (const one of imports) expect(one.module).not.toBe("")
}

test.each([
  ["class A { m() {} #p() {} }\nexport { A }", ["A", "A.m"]],
  ["const api = { a() {} }\nmodule.exports = api", ["api", "api.a"]],
  ["function a() {}\nfunction b() {}\nObject.assign(module.exports, { a })", ["a"]],
  ["const a = () => {}\nmodule.exports = Object.freeze({ a })", ["a"]],
  ["const tree = module.exports = function () {}", ["tree"]],
  ["exports['a'] = function () {}\nexports.b = exports.c = function () {}", ["a", "b", "c"]],
])("what a statement of its own exports is exported with its members: %s", async (text, expected) => {
  const { symbols } = await parseFile("a.js", text)
  const exported = symbols.filter(({ isExported }) => isExported).map(({ path, name }) => [...path, name].join("."))
  expect(exported).toEqual(expected)
})
