import { readdirSync, readFileSync, statSync } from "node:fs"
import { extname, join } from "node:path"
import fc from "fast-check"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { expect, test } from "vitest"
import { lineStarts } from "./text.ts"
import { estimateTokens, tokenSums } from "./tokens.ts"

const packages = join(import.meta.dirname, "../../node_modules")
const perLanguage = 250_000

/** Sources of installed packages by extension, some of each package rather than all of one. */
function sources(extensions: readonly string[]): Map<string, string[]> {
  const found = new Map(extensions.map((extension): [string, string[]] => [extension, []]))
  const sizes = new Map<string, number>()
  let seen = 0
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      const extension = extname(entry.name)
      if (!entry.isFile() || !found.has(extension) || (sizes.get(extension) ?? 0) > perLanguage) continue
      const { size } = statSync(path)
      if (size < 500 || size > 40_000 || seen++ % 5 !== 0) continue
      const text = readFileSync(path, "utf8")
      if (/[^\n]{2000}/.test(text)) continue
      found.get(extension)?.push(text)
      sizes.set(extension, (sizes.get(extension) ?? 0) + size)
    }
  }
  visit(packages)
  return found
}

const corpus = sources([".ts", ".js", ".mjs", ".json", ".md", ".h", ".c", ".cc", ".py"])
const languages = [...corpus].filter(([, texts]) => texts.length >= 5)

test("the corpus has sources of several languages", () => {
  expect(languages.length).toBeGreaterThanOrEqual(4)
})

test.each(languages)("%s files are estimated within the error that is promised", (_extension, texts) => {
  let counted = 0
  let estimated = 0
  const errors: number[] = []
  for (const text of texts) {
    const tokens = countTokens(text)
    const estimate = estimateTokens(text)
    counted += tokens
    estimated += estimate
    errors.push(Math.abs(estimate - tokens) / tokens)
  }
  errors.sort((a, b) => a - b)
  expect(errors[errors.length >> 1]).toBeLessThan(0.12)
  expect(Math.abs(estimated / counted - 1)).toBeLessThan(0.12)
})

test("a language's writing system is counted, not only its letters", () => {
  for (const text of [
    "こんにちは、世界。今日はいい天気ですね。",
    "Größe und Länge überprüfen",
    "Проверить размер файла",
  ]) {
    const ratio = estimateTokens(text) / countTokens(text)
    expect(ratio).toBeGreaterThan(0.6)
    expect(ratio).toBeLessThan(2)
  }
})

test("an empty text has no tokens, any other at least one", () => {
  expect(estimateTokens("")).toBe(0)
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.trim() !== ""),
      (text) => {
        const tokens = estimateTokens(text)
        expect(tokens).toBeGreaterThanOrEqual(1)
        expect(tokens).toBeLessThanOrEqual(text.length * 2 + 1)
      },
    ),
  )
})

test("the sums of lines add up to the whole", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "foo(bar)", "\n", "\r\n", "  ", "x1", "é", "{", "}\n")), (parts) => {
      const text = parts.join("")
      const sums = tokenSums(text, lineStarts(text))
      for (let i = 1; i < sums.length; i++) expect(sums[i]).toBeGreaterThanOrEqual(sums[i - 1] ?? 0)
      expect(Math.ceil(sums[sums.length - 1] ?? 0)).toBe(estimateTokens(text))
    }),
  )
})
