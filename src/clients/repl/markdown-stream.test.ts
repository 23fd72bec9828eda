import { stripVTControlCharacters } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { inkOf } from "./ink.ts"
import { markdownStream } from "./markdown-stream.ts"

function shown(chunks: readonly string[], hasColor = true): string {
  let text = ""
  const stream = markdownStream((part) => (text += part), inkOf(hasColor))
  for (const chunk of chunks) stream.push(chunk)
  stream.end()
  return text
}

const sample =
  "# Title\nSome **bold** and `code * x`, a * b.\n- one\n  * two\n1. first\n> said\n```ts\nconst a = 1 // `x`\n```\nEnd"

test("headings, emphasis, code, lists and fences are painted, and their marks left out", () => {
  const text = shown([sample])
  expect(stripVTControlCharacters(text)).toBe(
    "Title\nSome bold and code * x, a * b.\n• one\n  • two\n1. first\n│ said\n  const a = 1 // `x`\nEnd",
  )
  expect(text).toContain("\x1b[1mTitle\x1b[22m")
  expect(text).toContain("\x1b[1mbold\x1b[22m")
  expect(text).toContain("\x1b[36mcode * x\x1b[39m")
  expect(text).toContain("\x1b[35mconst\x1b[39m")
  expect(text).toContain("\x1b[2m// `x`\x1b[22m")
})

test("the lines of a diff have the colours of what was added and taken away", () => {
  const text = shown(["```diff\n+new\n-old\n@@ 1 @@\n```\n"])
  expect(text).toContain("\x1b[32m+new\x1b[39m")
  expect(text).toContain("\x1b[31m-old\x1b[39m")
})

test("however the text is cut, the same is shown, and every style is ended", () => {
  const signs = fc.array(fc.constantFrom("a", " ", "*", "**", "`", "```", "\n", "#", "- ", "1. ", "> ", "~~~"), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(signs, fc.array(fc.nat(100), { maxLength: 8 }), (parts, cuts) => {
      const text = parts.join("")
      const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length])].sort((a, b) => a - b)
      const chunks = at.slice(1).map((end, index) => text.slice(at[index], end))
      const whole = shown([text])
      expect(shown(chunks)).toBe(whole)
      const styles = Array.from(whole.matchAll(/\x1b\[(\d+)m/g), ([, code]) => Number(code))
      const count = (isOne: (code: number) => boolean) => styles.filter(isOne).length
      expect(count((code) => code >= 31 && code <= 36)).toBe(count((code) => code === 39))
      expect(count((code) => code < 3)).toBe(count((code) => code === 22))
    }),
  )
})

test("text is shown as soon as it is clear that it is no mark", () => {
  let text = ""
  const stream = markdownStream((part) => (text += part), inkOf(true))
  stream.push("Hello wor")
  expect(text).toBe("Hello wor")
  stream.push("ld *")
  expect(text).toBe("Hello world ")
})

test("without colours the text is as it was written", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(shown([text], false)).toBe(text)
    }),
  )
})
