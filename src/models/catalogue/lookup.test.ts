import fc from "fast-check"
import { expect, test } from "vitest"
import { providerKinds } from "../model.ts"
import { anthropicSheets } from "./anthropic.ts"
import { geminiSheets } from "./gemini.ts"
import { lookup } from "./lookup.ts"
import { openModelSheets } from "./open-models.ts"
import { openaiSheets } from "./openai.ts"

const nowMs = Date.UTC(2026, 10, 21)
const all = [...anthropicSheets, ...openaiSheets, ...geminiSheets, ...openModelSheets]

test("a model is found by its exact name", () => {
  const facts = lookup("anthropic", "claude-opus-5-5", { nowMs })
  expect(facts.contextTokens).toBe(1_000_000)
  expect(facts.maxOutputTokens).toBe(128_000)
  expect(facts.price).toMatchObject({ inputUsd: 4, outputUsd: 20, cachedInputUsd: 0.2, cacheWriteUsd: 5 })
  expect(facts.supports).toEqual({ tools: true, images: true, reasoning: true, outputSchema: true })
  expect(facts.source?.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/)
})

test.each([
  ["openai", "gpt-5-2025-08-07", "gpt-5"],
  ["openai", "gpt-5-mini-2025-08-07", "gpt-5-mini"],
  ["anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"],
  ["anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku"],
  ["anthropic", "claude-opus-4-1@20250805", "claude-opus-4-1"],
  ["gemini", "models/gemini-2.5-pro", "gemini-2.5-pro"],
  ["gemini", "models/gemini-2.0-flash-001", "gemini-2.0-flash"],
  ["gemini", "gemini-2.5-flash-preview-09-25", "gemini-2.5-flash"],
  ["ollama", "qwen3:8b", "qwen3"],
  ["ollama", "qwen3-coder:30b", "qwen3-coder"],
  ["ollama", "library/llama3.1:latest", "llama3.1"],
  ["llama-cpp", "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "llama3.1"],
  ["llama-cpp", "Qwen2.5-Coder-7B-Instruct-Q8_0", "qwen2.5-coder"],
  ["lmstudio", "openai/gpt-oss-20b", "gpt-oss"],
] as const)("%s: %s is %s", (kind, dated, plain) => {
  expect(lookup(kind, dated, { nowMs })).toEqual(lookup(kind, plain, { nowMs }))
  expect(lookup(kind, dated, { nowMs }).source).not.toBeNull()
})

test("a dated name with facts of its own keeps them", () => {
  expect(lookup("openai", "gpt-4o-2024-05-13", { nowMs }).price?.inputUsd).toBe(5)
  expect(lookup("openai", "gpt-4o-2024-08-06", { nowMs }).price?.inputUsd).toBe(2.5)
})

test.each([
  ["openai", "gpt-5-ultra"],
  ["openai", "gpt-4o-mini-tts"],
  ["anthropic", "claude-fable-5-9"],
  ["anthropic", "claude-opus-55"],
  ["gemini", "gemini-2.5-pro-tts"],
  ["ollama", "qwen3-vl:8b"],
  ["ollama", "llama3.2-vision:11b"],
  ["ollama", "mistralic:7b"],
  ["openai", "__proto__"],
  ["openai", ""],
] as const)("%s: %s is unknown, not taken for another", (kind, model) => {
  expect(lookup(kind, model, { nowMs })).toEqual({
    contextTokens: null,
    maxOutputTokens: null,
    price: null,
    supports: { tools: null, images: null, reasoning: null, outputSchema: null },
    source: null,
  })
})

test("a user's own facts win, and only where they are given", () => {
  const price = { inputUsd: 1, outputUsd: 2, cachedInputUsd: null, cacheWriteUsd: null }
  const overrides = { "gpt-5": { price, supports: { images: false } }, mine: { contextTokens: 1000 } }
  const facts = lookup("openai", "gpt-5", { nowMs, overrides })
  expect(facts.price).toEqual(price)
  expect(facts.supports.images).toBe(false)
  expect(facts.supports.tools).toBe(true)
  expect(facts.contextTokens).toBe(400_000)
  expect(lookup("openai", "mine", { nowMs, overrides }).contextTokens).toBe(1000)
})

test("what runs at home costs nothing; what others run has no price that we know", () => {
  expect(lookup("ollama", "qwen3:8b", { nowMs, isLocal: true }).price?.outputUsd).toBe(0)
  expect(lookup("ollama", "never-heard-of", { nowMs, isLocal: true }).price?.inputUsd).toBe(0)
  expect(lookup("ollama", "gpt-oss:120b", { nowMs }).price).toBeNull()
  const handedOn = lookup("openai-chat", "anthropic/claude-opus-5", { nowMs })
  expect(handedOn.price).toBeNull()
  expect(handedOn.contextTokens).toBe(1_000_000)
})

test("a price that was announced for later counts from its day on", () => {
  const before = lookup("gemini", "gemini-3.8-flash", { nowMs: Date.UTC(2026, 11, 31, 23) })
  const after = lookup("gemini", "gemini-3.8-flash", { nowMs: Date.UTC(2027, 0, 1) })
  expect(before.price?.inputUsd).toBe(0.75)
  expect(after.price?.inputUsd).toBe(1.5)
})

test("every sheet names its day and its page, and its numbers make sense", () => {
  for (const sheet of all) {
    expect(Number.isNaN(Date.parse(sheet.asOf))).toBe(false)
    expect(new URL(sheet.source).protocol).toBe("https:")
    for (const [name, entry] of Object.entries(sheet.models)) {
      const { price } = entry
      expect(entry.output ?? 0, name).toBeLessThanOrEqual(entry.context ?? 0)
      expect(
        [...(entry.can ?? "")].filter((letter) => entry.cannot?.includes(letter)),
        name,
      ).toEqual([])
      if (!price) continue
      expect(price.cachedInputUsd ?? 0, name).toBeLessThanOrEqual(price.inputUsd)
      expect(price.cacheWriteUsd ?? price.inputUsd, name).toBeGreaterThanOrEqual(price.inputUsd)
      expect(price.longPrompt?.price.inputUsd ?? price.inputUsd, name).toBeGreaterThanOrEqual(price.inputUsd)
    }
  }
})

test("no name makes the lookup fail", () => {
  fc.assert(
    fc.property(fc.constantFrom(...providerKinds), fc.string(), (kind, model) => {
      expect(lookup(kind, model, { nowMs }).supports).toBeDefined()
    }),
  )
})
