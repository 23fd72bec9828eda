import fc from "fast-check"
import { expect, test } from "vitest"
import { ModelError } from "../errors.ts"
import type { DecoderContext } from "../wire/decoder.ts"
import { asking, endIn, textIn } from "./asking.testing.ts"
import { decoded, sse } from "./decoded.testing.ts"
import { geminiDecoder } from "./gemini-decoder.ts"

const read = (values: readonly unknown[], cuts: readonly number[] = [], more = {}) =>
  decoded(sse(values), cuts, (context: DecoderContext) => geminiDecoder(context, asking("x", more)))

const chunk = (parts: readonly unknown[], more = {}) => ({
  responseId: "r1",
  candidates: [{ index: 0, content: { role: "model", parts }, ...more }],
})
const usageMetadata = {
  promptTokenCount: 100,
  cachedContentTokenCount: 60,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 30,
}

const wholeAnswer = [
  chunk([{ text: "Größe? ", thought: true }]),
  chunk([{ text: "漢字 🦆", thought: true }]),
  chunk([{ text: "Ünï" }]),
  chunk([{ text: "cödé" }]),
  chunk([
    { functionCall: { name: "read", args: { path: "ä.ts" }, id: "fc-1" }, thoughtSignature: "sig1" },
    { functionCall: { name: "list", id: "fc-2" } },
  ]),
  { ...chunk([{ text: "", thoughtSignature: "sig2" }], { finishReason: "STOP" }), usageMetadata },
]

test("an answer with thoughts, text and calls is told in order, with its signatures", () => {
  expect(read(wholeAnswer)).toEqual([
    { kind: "start", provider: "test", model: "m", id: "r1" },
    { kind: "reasoning", text: "Größe? " },
    { kind: "reasoning", text: "漢字 🦆" },
    { kind: "reasoning-end" },
    { kind: "text", text: "Ünï" },
    { kind: "text", text: "cödé" },
    { kind: "tool-delta", index: 0, id: "fc-1", name: "read", text: '{"path":"ä.ts"}' },
    {
      kind: "tool-call",
      index: 0,
      id: "fc-1",
      name: "read",
      arguments: '{"path":"ä.ts"}',
      proof: { from: "gemini", data: { id: "fc-1", thoughtSignature: "sig1" } },
    },
    { kind: "tool-delta", index: 1, id: "fc-2", name: "list", text: "{}" },
    {
      kind: "tool-call",
      index: 1,
      id: "fc-2",
      name: "list",
      arguments: "{}",
      proof: { from: "gemini", data: { id: "fc-2" } },
    },
    { kind: "reasoning-end", proof: { from: "gemini", data: { thoughtSignature: "sig2" } } },
    {
      kind: "end",
      finish: "tool-calls",
      usage: {
        inputTokens: 100,
        cachedInputTokens: 60,
        cacheWriteTokens: 0,
        outputTokens: 50,
        reasoningTokens: 30,
        isEstimated: false,
      },
    },
  ])
})

test("where the bytes are cut makes no difference", () => {
  const whole = read(wholeAnswer)
  const length = sse(wholeAnswer).length
  fc.assert(
    fc.property(fc.array(fc.nat(length), { maxLength: 40 }), (cuts) => {
      expect(read(wholeAnswer, cuts)).toEqual(whole)
    }),
  )
})

test.each([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "refused"],
  ["RECITATION", "refused"],
  ["OTHER", "stop"],
] as const)("after some text, %s is %s", (finishReason, finish) => {
  const events = read([chunk([{ text: "hi" }]), chunk([], { finishReason })])
  expect(endIn(events).finish).toBe(finish)
  expect(endIn(events).usage.isEstimated).toBe(true)
  expect(textIn(events)).toBe("hi")
})

test.each(["SAFETY", "MALFORMED_FUNCTION_CALL", "OTHER"])("with nothing said, %s is a fault", (finishReason) => {
  expect(() => read([chunk([], { finishReason })])).toThrow(ModelError)
})

test("a blocked prompt is a fault", () => {
  expect(() => read([{ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }])).toThrow("PROHIBITED_CONTENT")
})

test("an answer without a reason has not ended", () => {
  expect(read([chunk([{ text: "hi" }])]).some((event) => event.kind === "end")).toBe(false)
})

test("calls without an id are given one; only the first counts when one at a time was asked for", () => {
  const calls = [
    chunk([{ functionCall: { name: "a", args: {} } }, { functionCall: { name: "b", args: {} } }], {
      finishReason: "STOP",
    }),
  ]
  const both = read(calls).filter((event) => event.kind === "tool-call")
  expect(both.map((event) => event.name)).toEqual(["a", "b"])
  expect(new Set(both.map((event) => event.id)).size).toBe(2)
  expect(both[0]).not.toHaveProperty("proof")
  const single = read(calls, [], { parallelToolCalls: false }).filter((event) => event.kind === "tool-call")
  expect(single.map((event) => event.name)).toEqual(["a"])
})

test("no event makes it fail in another way than with a ModelError", () => {
  const part = fc.record(
    { text: fc.jsonValue(), thought: fc.jsonValue(), functionCall: fc.jsonValue(), thoughtSignature: fc.jsonValue() },
    { requiredKeys: [] },
  )
  const candidate = fc.record(
    {
      content: fc.record({ parts: fc.oneof(fc.array(part), fc.jsonValue()) }),
      finishReason: fc.constantFrom("STOP", "SAFETY", null, 3, "?"),
    },
    { requiredKeys: [] },
  )
  const event = fc.record(
    {
      candidates: fc.oneof(fc.array(candidate), fc.jsonValue()),
      usageMetadata: fc.jsonValue(),
      promptFeedback: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(event), (events) => {
      try {
        const told = read(events).map(({ kind }) => kind)
        expect(told.lastIndexOf("start")).toBeLessThanOrEqual(0)
      } catch (error) {
        expect(error).toBeInstanceOf(ModelError)
      }
    }),
  )
})
