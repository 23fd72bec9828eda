import fc from "fast-check"
import { expect, test } from "vitest"
import { fixtures } from "./fixtures.testing.ts"
import { grammarParser, loadGrammar, readsAlike } from "./grammar.ts"
import { languageOf } from "./languages.ts"

const cases = fixtures.flatMap(({ path, text }) => {
  const grammar = languageOf(path)?.grammar
  return grammar === undefined ? [] : [{ path, text, grammar }]
})

test.each(cases)(
  "the tree of $path is read from memory, as the library's cursor gives it",
  async ({ text, grammar }) => {
    expect((await grammarParser(grammar)).readsMemory).toBe(true)
    expect(readsAlike(await loadGrammar(grammar), text)).toBe(true)
  },
)

test("trees of broken sources are read alike too", async () => {
  const loaded = await Promise.all(
    cases.map(async ({ text, grammar }) => ({ text, grammar: await loadGrammar(grammar) })),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...loaded),
      fc.nat(),
      fc.nat({ max: 200 }),
      fc.string({ unit: "binary", maxLength: 4 }),
      ({ text, grammar }, at, cut, put) => {
        const place = at % text.length
        expect(readsAlike(grammar, text.slice(0, place) + put + text.slice(place + cut))).toBe(true)
      },
    ),
    { numRuns: 150 },
  )
})

test("a tree deeper than any stack is read", async () => {
  const grammar = await loadGrammar("tree-sitter-json/tree-sitter-json.wasm")
  expect(readsAlike(grammar, `${"[".repeat(5000)}${"]".repeat(5000)}`)).toBe(true)
})

test("a tree of more nodes than the columns hold at first is read", async () => {
  const grammar = await loadGrammar("tree-sitter-json/tree-sitter-json.wasm")
  expect(readsAlike(grammar, `[${'"aé", 1, '.repeat(30_000)}0]`)).toBe(true)
})

test("a grammar that is not there is named", async () => {
  await expect(grammarParser("tree-sitter-none/none.wasm")).rejects.toMatchObject({
    code: "GRAMMAR_UNAVAILABLE",
    message: expect.stringContaining("tree-sitter-none"),
  })
})
