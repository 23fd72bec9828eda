import fc from "fast-check"
import { encode as encodeCl100k } from "gpt-tokenizer/encoding/cl100k_base"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { countTokens } from "./count.ts"
import { claudeVersion, families, tokenFamily } from "./family.ts"

const request = (some: Partial<ModelRequest>): ModelRequest => ({
  model: "m",
  messages: [{ role: "user", parts: [{ kind: "text", text: "How long is a piece of string?" }] }],
  attribution: { user: "u" },
  ...some,
})

test.each([
  ["openai", "gpt-5-mini", "o200k"],
  ["openai", "gpt-4o", "o200k"],
  ["openai", "o3", "o200k"],
  ["openai", "something-new", "gpt-new"],
  ["openai", "gpt-6-sol", "gpt-new"],
  ["openai", "gpt-4", "cl100k"],
  ["openai", "gpt-4-0613", "cl100k"],
  ["openai", "gpt-3.5-turbo", "cl100k"],
  ["openai", "text-embedding-3-small", "cl100k"],
  ["openai", "gpt-4.1", "o200k"],
  ["anthropic", "claude-3-7-sonnet-20250219", "claude"],
  ["anthropic", "claude-opus-4-5-20251101", "claude"],
  ["anthropic", "claude-sonnet-4-20250514", "claude"],
  ["anthropic", "claude-opus-4-8", "claude-new"],
  ["anthropic", "claude-sonnet-5", "claude-new"],
  ["openai-chat", "anthropic/claude-haiku-4.5", "claude"],
  ["gemini", "models/gemini-2.5-pro", "gemini"],
  ["ollama", "gemma3:4b", "gemini"],
  ["ollama", "codellama:7b", "llama"],
  ["ollama", "qwen3:8b", "qwen"],
  ["ollama", "phi4", "other"],
] as const)("%s %s belongs to %s", (kind, model, family) => {
  expect(tokenFamily(kind, model)).toBe(family)
})

test("versions of Claude are read out of both orders of its names", () => {
  expect(claudeVersion("claude-3-5-haiku-latest")).toBe(3.5)
  expect(claudeVersion("claude-sonnet-4-20250514")).toBe(4)
  expect(claudeVersion("claude-fable-5-1")).toBe(5.1)
  expect(claudeVersion("gpt-5")).toBeUndefined()
})

test("text for OpenAI's models is counted exactly", async () => {
  const text = "export const naïve = (x: number) => x ** 2 // Größe\n\n\t漢字 🦆"
  expect(await countTokens(text, "o200k")).toEqual({ tokens: encode(text).length, isExact: true, errorPercent: 0 })
  expect(await countTokens(text, "cl100k")).toEqual({
    tokens: encodeCl100k(text).length,
    isExact: true,
    errorPercent: 0,
  })
})

test("text that looks like a special token is counted as text", async () => {
  const { tokens } = await countTokens("<|endoftext|> and <|im_start|>", "o200k")
  expect(tokens).toBeGreaterThan(8)
})

test("a plain chat costs three tokens a message, its role, and three more", async () => {
  const counted = await countTokens(request({}), "o200k")
  expect(counted).toEqual({
    tokens: encode("How long is a piece of string?").length + 4 + 3,
    isExact: true,
    errorPercent: 0,
  })
})

test("tools, calls and their results are counted, and no longer said to be exact", async () => {
  const plain = await countTokens(request({}), "o200k")
  const tool = { name: "read", description: "Reads a file", parameters: { type: "object", properties: {} } }
  const withTools = await countTokens(request({ tools: [tool] }), "o200k")
  expect(withTools.tokens).toBeGreaterThan(plain.tokens + 15)
  expect(withTools.isExact).toBe(false)
  expect(withTools.errorPercent).toBeGreaterThan(0)
  const messages: ModelRequest["messages"] = [
    { role: "assistant", parts: [{ kind: "tool-call", id: "1", name: "read", arguments: '{"path":"src/a.ts"}' }] },
    {
      role: "tool",
      parts: [
        { kind: "tool-result", callId: "1", name: "read", content: [{ kind: "text", text: "one two three four" }] },
      ],
    },
  ]
  expect((await countTokens(request({ messages }), "o200k")).tokens).toBeGreaterThan(20)
})

test("a run of one sign a million long is counted in no time and near the truth", async () => {
  for (const sign of ["a", " ", "=", "\n"]) {
    const startedAt = performance.now()
    const counted = await countTokens(sign.repeat(1_000_000), "o200k")
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(counted.isExact).toBe(false)
    expect(counted.tokens).toBeGreaterThan(1000)
  }
})

test("every other family is an estimate that says how far it may be off", async () => {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(50)
  const exact = encode(text).length
  for (const [family, facts] of Object.entries(families)) {
    if (facts.errorPercent === 0) continue
    const counted = await countTokens(text, family as keyof typeof families)
    expect(counted.isExact).toBe(false)
    expect(counted.errorPercent).toBeGreaterThanOrEqual(15)
    expect(counted.tokens / exact).toBeGreaterThan(0.8)
    expect(counted.tokens / exact).toBeLessThan(2)
  }
})

test("an image counts after its size and makes the count an estimate", async () => {
  const image = (width: number, height: number) =>
    request({
      messages: [
        {
          role: "user",
          parts: [{ kind: "image", mediaType: "image/png", source: { kind: "base64", data: png(width, height) } }],
        },
      ],
    })
  expect((await countTokens(image(512, 512), "o200k")).tokens).toBe(85 + 170 + 7)
  expect((await countTokens(image(1024, 1024), "o200k")).tokens).toBe(85 + 4 * 170 + 7)
  expect((await countTokens(image(4096, 8192), "o200k")).tokens).toBe(85 + 6 * 170 + 7)
  expect((await countTokens(image(280, 280), "claude")).tokens).toBe(100 + 7)
  expect((await countTokens(image(4000, 3000), "claude")).tokens).toBeLessThanOrEqual(1568 + 7)
  expect((await countTokens(image(4032, 3024), "claude-new")).tokens).toBe(72 * 54 + 7)
  expect((await countTokens(image(200, 200), "gemini")).tokens).toBe(258 + 5)
  expect((await countTokens(image(512, 512), "o200k")).isExact).toBe(false)
})

test("no request makes the count fail, and more text never counts less by much", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.constantFrom(...Object.keys(families)), async (text, family) => {
      const one = await countTokens(text, family as keyof typeof families)
      const two = await countTokens(`${text}\n${text}`, family as keyof typeof families)
      expect(one.tokens).toBeGreaterThanOrEqual(text.trim() === "" ? 0 : 1)
      expect(two.tokens).toBeGreaterThanOrEqual(one.tokens)
    }),
  )
})

function png(width: number, height: number): string {
  const header = Buffer.alloc(33)
  header.write("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1")
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header.toString("base64")
}
