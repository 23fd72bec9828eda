import fc from "fast-check"
import { expect, test } from "vitest"
import { estimateTokens } from "../../base/tokens.ts"
import type { Chunk } from "../types.ts"
import { parseFile } from "./parse-file.ts"

const names = (chunks: readonly Chunk[]) => chunks.map(({ path, name }) => [...path, name].join("."))
const body = (lines: number) => Array.from({ length: lines }, (_, i) => `    total += step${i}(total, ${i})`).join("\n")
const method = (name: string, lines = 3) => `  ${name}() {\n${body(lines)}\n  }\n`

test("a small class is one chunk, a big one a header and its members", async () => {
  const small = await parseFile("a.ts", `class A {\n${method("one")}${method("two")}}\n`)
  expect(names(small.chunks)).toEqual(["A"])
  const text = `/** All. */\nclass A {\n  count = 1\n\n${method("one", 12)}\n${method("two", 12)}\n${method("three", 12)}}\n`
  const big = await parseFile("a.ts", text)
  expect(names(big.chunks)).toEqual(["A", "A.one", "A.two", "A.three"])
  expect(big.chunks[0]).toMatchObject({ kind: "class", startLine: 1, doc: "All.", signature: "class A" })
  expect(big.chunks[3]?.endLine).toBe(big.lines)
})

test("a long function is split where its statements begin, and its pieces keep its name", async () => {
  const block = `  if (ready) {\n${body(20)}\n  }\n`
  const parsed = await parseFile("a.js", `function long() {\n${block.repeat(8)}}\n`, { maxTokens: 500 })
  expect(parsed.chunks.length).toBeGreaterThan(2)
  expect(new Set(names(parsed.chunks))).toEqual(new Set(["long"]))
  // 22 lines a block, after the function's first.
  for (const { startLine } of parsed.chunks.slice(1)) expect((startLine - 2) % 22).toBe(0)
  for (const { tokens } of parsed.chunks) expect(tokens).toBeLessThanOrEqual(500)
  expect(parsed.chunks.map(({ symbol }) => symbol)).toEqual([0, ...parsed.chunks.slice(1).map(() => -1)])
})

test("a doc comment and its decorators belong to the chunk of what they are about", async () => {
  const text = `import a\n\n\ndef first():\n${body(4)}\n\n# What it does.\n@decorated\ndef second():\n${body(4)}\n`
  const { chunks } = await parseFile("a.py", text)
  expect(chunks.map(({ name, startLine }) => [name, startLine])).toEqual([
    ["first", 1],
    ["second", 10],
  ])
})

test("imports and runs of constants share a chunk, functions never do", async () => {
  const imports = Array.from({ length: 12 }, (_, i) => `import { thing${i} } from "./module-number-${i}.ts"`).join("\n")
  const text = `${imports}\n\nconst a = 1\nconst b = 2\nconst c = 3\n\nfunction f() {}\nfunction g() {}\n`
  const { chunks } = await parseFile("a.ts", text)
  expect(chunks.map(({ kind, name }) => [kind, name])).toEqual([
    ["preamble", ""],
    ["constant", "a"],
    ["function", "f"],
    ["function", "g"],
  ])
})

test("the strategies differ in what they split", async () => {
  const text = `class A {\n${method("one", 60)}${method("two", 2)}}\n\nfunction f() {\n${body(120)}\n}\n`
  const of = async (strategy: "hybrid" | "semantic" | "size") =>
    (await parseFile("a.js", text, { strategy, maxTokens: 400 })).chunks
  expect(names(await of("semantic"))).toEqual(["A", "A.one", "A.two", "", "f"].filter((name) => name !== ""))
  const hybrid = await of("hybrid")
  expect(hybrid.filter(({ name }) => name === "f").length).toBeGreaterThan(1)
  expect(hybrid.every(({ tokens }) => tokens <= 420)).toBe(true)
  expect((await of("size")).every(({ kind, symbol }) => kind === "text" && symbol === -1)).toBe(true)
})

test("a chunk's tokens are those of its text", async () => {
  const word = fc.constantFrom("value", "if (x) {", "}", "\n", "  ", "// note\n", "call(1, 2)", "\n\n")
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 300 }), async (words) => {
      const text = words.join("")
      const lines = text.split("\n")
      const { chunks } = await parseFile("a.js", text, { maxTokens: 50 })
      for (const { startLine, endLine, tokens } of chunks) {
        const own = lines.slice(startLine - 1, endLine).join("\n")
        expect(Math.abs(tokens - estimateTokens(own))).toBeLessThanOrEqual(4)
      }
    }),
    { numRuns: 100 },
  )
})
