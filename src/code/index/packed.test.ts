import fc from "fast-check"
import { expect, test } from "vitest"
import type { ParsedFile } from "../types.ts"
import { chunkKinds, compress, decompress, packParsed, unpackParsed } from "./packed.ts"

const line = fc.integer({ min: 1, max: 100_000 })
const word = fc.string({ maxLength: 12 })
const names = fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 3 })
const kind = fc.constantFrom(...chunkKinds)
const span = fc.tuple(line, fc.nat({ max: 500 })).map(([startLine, more]) => ({ startLine, endLine: startLine + more }))
const join = <A extends object, B extends object>([a, b]: [A, B]): A & B => ({ ...a, ...b })

const parsedFile: fc.Arbitrary<ParsedFile> = fc.record({
  language: word,
  lines: fc.nat(),
  hasErrors: fc.boolean(),
  symbols: fc.array(
    fc
      .tuple(
        span,
        fc.record({
          name: word,
          kind: kind.filter((k) => k !== "preamble" && k !== "text"),
          path: names,
          nameLine: line,
          nameColumn: line,
          signature: word,
          doc: word,
          isExported: fc.boolean(),
        }),
      )
      .map(join),
  ),
  references: fc.array(
    fc.record({
      name: word,
      kind: fc.constantFrom("call", "type", "inherit", "use"),
      line,
      column: line,
      qualifier: word,
      within: fc.integer({ min: -1, max: 1000 }),
    }),
  ),
  imports: fc.array(fc.record({ module: word, line, names: fc.array(fc.record({ name: word, alias: word })) })),
  chunks: fc.array(
    fc
      .tuple(
        span,
        fc.record({
          kind,
          name: word,
          path: names,
          signature: word,
          doc: word,
          tokens: fc.nat(),
          symbol: fc.integer({ min: -1, max: 1000 }),
        }),
      )
      .map(join),
  ),
})

test("a parsed file is read back as it was stored", () => {
  fc.assert(
    fc.property(parsedFile, (parsed) => {
      expect(unpackParsed(packParsed(parsed))).toEqual(parsed)
    }),
  )
})

test("a text is read back as it was stored", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 2000 }), (text) => {
      expect(decompress(compress(text))).toBe(text)
    }),
  )
})
