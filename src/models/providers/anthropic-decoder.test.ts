import fc from "fast-check"
import { expect, test } from "vitest"
import { ModelError } from "../errors.ts"
import { anthropicDecoder } from "./anthropic-decoder.ts"
import { endIn, textIn } from "./asking.testing.ts"
import { decoded, sse } from "./decoded.testing.ts"

const started = (usage = {}) => ({
  type: "message_start",
  message: { id: "msg_1", type: "message", role: "assistant", usage: { input_tokens: 10, output_tokens: 1, ...usage } },
})
const opened = (index: number, content_block: unknown) => ({ type: "content_block_start", index, content_block })
const delta = (index: number, fields: unknown) => ({ type: "content_block_delta", index, delta: fields })
const closed = (index: number) => ({ type: "content_block_stop", index })
const stopped = (stop_reason: string, usage: unknown = { output_tokens: 20 }) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
  { type: "message_stop" },
]

const wholeAnswer = [
  started({
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 50,
    cache_creation: { ephemeral_1h_input_tokens: 30 },
  }),
  { type: "ping" },
  opened(0, { type: "thinking", thinking: "", signature: "" }),
  delta(0, { type: "thinking_delta", thinking: "Größe? " }),
  delta(0, { type: "thinking_delta", thinking: "漢字 🦆" }),
  delta(0, { type: "signature_delta", signature: "sig" }),
  closed(0),
  opened(1, { type: "redacted_thinking", data: "enc" }),
  closed(1),
  opened(2, { type: "text", text: "" }),
  delta(2, { type: "text_delta", text: "Ünï" }),
  delta(2, { type: "text_delta", text: "cödé" }),
  closed(2),
  opened(3, { type: "tool_use", id: "toolu_1", name: "read", input: {} }),
  delta(3, { type: "input_json_delta", partial_json: '{"path":' }),
  delta(3, { type: "input_json_delta", partial_json: '"a.ts"}' }),
  closed(3),
  opened(4, { type: "tool_use", id: "toolu_2", name: "list", input: {} }),
  closed(4),
  ...stopped("tool_use", { output_tokens: 42, output_tokens_details: { thinking_tokens: 7 } }),
]

test("an answer with thoughts, text and parallel calls is told in order", () => {
  expect(decoded(sse(wholeAnswer), [], anthropicDecoder)).toEqual([
    { kind: "start", provider: "test", model: "m", id: "msg_1" },
    { kind: "reasoning", text: "Größe? " },
    { kind: "reasoning", text: "漢字 🦆" },
    { kind: "reasoning-end", proof: { from: "anthropic", data: { type: "thinking", signature: "sig" } } },
    { kind: "reasoning-end", proof: { from: "anthropic", data: { type: "redacted_thinking", data: "enc" } } },
    { kind: "text", text: "Ünï" },
    { kind: "text", text: "cödé" },
    { kind: "tool-delta", index: 0, id: "toolu_1", name: "read", text: "" },
    { kind: "tool-delta", index: 0, id: "toolu_1", name: "read", text: '{"path":' },
    { kind: "tool-delta", index: 0, id: "toolu_1", name: "read", text: '"a.ts"}' },
    { kind: "tool-call", index: 0, id: "toolu_1", name: "read", arguments: '{"path":"a.ts"}' },
    { kind: "tool-delta", index: 1, id: "toolu_2", name: "list", text: "" },
    { kind: "tool-call", index: 1, id: "toolu_2", name: "list", arguments: "{}" },
    {
      kind: "end",
      finish: "tool-calls",
      usage: {
        inputTokens: 160,
        cachedInputTokens: 100,
        cacheWriteTokens: 50,
        longCacheWriteTokens: 30,
        outputTokens: 42,
        reasoningTokens: 7,
        isEstimated: false,
      },
    },
  ])
})

test("where the bytes are cut makes no difference", () => {
  const body = sse(wholeAnswer)
  const whole = decoded(body, [], anthropicDecoder)
  fc.assert(
    fc.property(fc.array(fc.nat(body.length), { maxLength: 40 }), (cuts) => {
      expect(decoded(body, cuts, anthropicDecoder)).toEqual(whole)
    }),
  )
  const everyByte = Array.from({ length: body.length }, (_, at) => at)
  expect(decoded(body, everyByte, anthropicDecoder)).toEqual(whole)
})

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["pause_turn", "length"],
  ["refusal", "refused"],
  ["tool_use", "tool-calls"],
  ["something_new", "stop"],
] as const)("the stop reason %s is %s", (reason, finish) => {
  const events = decoded(
    sse([started(), opened(0, { type: "text", text: "hi" }), closed(0), ...stopped(reason)]),
    [],
    anthropicDecoder,
  )
  expect(endIn(events).finish).toBe(finish)
  expect(textIn(events)).toBe("hi")
})

test("a call that the limit cut off is not given; one that the model wrote wrongly is", () => {
  const call = [
    started(),
    opened(0, { type: "tool_use", id: "t", name: "write", input: {} }),
    delta(0, { type: "input_json_delta", partial_json: '{"text":"unfin' }),
    closed(0),
  ]
  const isCall = (event: { kind: string }) => event.kind === "tool-call"
  expect(decoded(sse([...call, ...stopped("max_tokens")]), [], anthropicDecoder).filter(isCall)).toEqual([])
  expect(decoded(sse([...call, ...stopped("tool_use")]), [], anthropicDecoder).filter(isCall)).toEqual([
    { kind: "tool-call", index: 0, id: "t", name: "write", arguments: '{"text":"unfin' },
  ])
})

test("an answer without its last event has ended; one without a reason has not", () => {
  const text = [started(), opened(0, { type: "text", text: "x" }), closed(0)]
  const reason = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }
  expect(endIn(decoded(sse([...text, reason]), [], anthropicDecoder)).usage.outputTokens).toBe(3)
  expect(decoded(sse(text), [], anthropicDecoder).some((event) => event.kind === "end")).toBe(false)
})

test("counts are cumulative, and one that comes back as nothing is not believed", () => {
  const last = stopped("end_turn", { input_tokens: 0, cache_read_input_tokens: null, output_tokens: 9 })
  const usage = endIn(decoded(sse([started({ cache_read_input_tokens: 4 }), ...last]), [], anthropicDecoder)).usage
  expect(usage).toMatchObject({ inputTokens: 14, cachedInputTokens: 4, outputTokens: 9 })
})

test("the vendor's own tools and citations are left out", () => {
  const events = decoded(
    sse([
      started(),
      opened(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: "{}" }),
      closed(0),
      opened(1, { type: "text", text: "" }),
      delta(1, { type: "citations_delta", citation: {} }),
      delta(1, { type: "text_delta", text: "found" }),
      closed(1),
      ...stopped("end_turn"),
    ]),
    [],
    anthropicDecoder,
  )
  expect(events.map((event) => event.kind)).toEqual(["start", "text", "end"])
})

test("an error inside the stream is thrown as one", () => {
  const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
  expect(() => decoded(sse([started(), error]), [], anthropicDecoder)).toThrow(ModelError)
})

test("no event makes it fail in another way than with a ModelError", () => {
  const name = fc.constantFrom(
    ...[
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
      "ping",
    ],
  )
  const block = fc.record({
    type: fc.constantFrom("text", "thinking", "tool_use", "redacted_thinking", "?"),
    text: fc.jsonValue(),
    name: fc.jsonValue(),
  })
  const event = fc.record(
    {
      type: name,
      index: fc.jsonValue(),
      content_block: block,
      delta: fc.jsonValue(),
      message: fc.jsonValue(),
      usage: fc.jsonValue(),
    },
    { requiredKeys: ["type"] },
  )
  fc.assert(
    fc.property(fc.array(event), (events) => {
      try {
        const told = decoded(sse(events), [], anthropicDecoder).map(({ kind }) => kind)
        expect(told.lastIndexOf("start")).toBeLessThanOrEqual(0)
        if (told.includes("end")) expect(told.indexOf("end")).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(ModelError)
      }
    }),
  )
})
