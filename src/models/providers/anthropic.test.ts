import { LLMock } from "@copilotkit/aimock"
import { expect, test } from "vitest"
import type { ModelFault } from "../errors.ts"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { anthropicProvider } from "./anthropic.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"

const key = "sk-ant-test-0123456789abcdef"
const providerAt = (url: string) =>
  anthropicProvider({ name: "claude", kind: "anthropic", url: `${url}/v1`, key: () => key })

async function mocked(set: (mock: LLMock) => void) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  return { url: mock.url, mock, [Symbol.asyncDispose]: () => mock.stop() }
}

const start = { type: "message_start", message: { id: "msg_1", usage: { input_tokens: 5, output_tokens: 1 } } }

test("a streamed answer gives its start, text and end with the usage", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("hello", { content: "Hi there, how are you?", usage: { input_tokens: 7, output_tokens: 9 } }),
  )
  const provider = providerAt(server.url)
  const events = await eventsOf(provider.model, asking("hello", { model: "claude-sonnet-4-5" }))
  expect(events[0]).toMatchObject({ kind: "start", provider: "claude", model: "claude-sonnet-4-5" })
  expect(textIn(events)).toBe("Hi there, how are you?")
  expect(endIn(events)).toMatchObject({
    finish: "stop",
    usage: { inputTokens: 7, outputTokens: 9, isEstimated: false },
  })
  await provider.close()
})

test("thoughts come with the proof that lets them go back", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("think", {
      content: "Four.",
      reasoning: "Two and two.",
      reasoningSignature: "c2ln",
      redactedThinking: ["enc"],
    }),
  )
  const events = await eventsOf(
    providerAt(server.url).model,
    asking("think", { model: "claude-sonnet-4-5", reasoning: { effort: "low" } }),
  )
  const thought = events.flatMap((event) => (event.kind === "reasoning" ? [event.text] : [])).join("")
  expect(thought).toBe("Two and two.")
  const proofs = events.flatMap((event) => (event.kind === "reasoning-end" ? [event.proof?.data] : []))
  expect(proofs).toContainEqual({ type: "thinking", signature: "c2ln" })
  expect(proofs).toContainEqual({ type: "redacted_thinking", data: "enc" })
})

test("tool calls come whole", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("weather", { toolCalls: [{ name: "weather", arguments: '{"city":"Bern"}', id: "toolu_1" }] }),
  )
  const tools = [{ name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } }]
  const events = await eventsOf(providerAt(server.url).model, asking("weather", { model: "claude-sonnet-4-5", tools }))
  expect(events.filter((event) => event.kind === "tool-call")).toEqual([
    { kind: "tool-call", index: 0, id: "toolu_1", name: "weather", arguments: '{"city":"Bern"}' },
  ])
  expect(endIn(events).finish).toBe("tool-calls")
})

test("the key and the version go in headers", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [
      start,
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ]),
  )
  await eventsOf(providerAt(server.url).model, asking("x"))
  expect(server.requests[0]?.path).toBe("/v1/messages")
  expect(server.requests[0]?.headers).toMatchObject({ "x-api-key": key, "anthropic-version": "2023-06-01" })
  expect(server.requests[0]?.headers).not.toHaveProperty("authorization")
})

const refusals: readonly [number, string, string, ModelFault][] = [
  [401, "authentication_error", "invalid x-api-key", "MODEL_UNAUTHORIZED"],
  [403, "permission_error", "Your key may not use this", "MODEL_UNAUTHORIZED"],
  [404, "not_found_error", "model: claude-nothing", "MODEL_UNKNOWN"],
  [400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum", "CONTEXT_TOO_LONG"],
  [400, "invalid_request_error", "max_tokens: must be at least 1", "MODEL_REQUEST_INVALID"],
  [400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API", "MODEL_QUOTA"],
  [402, "billing_error", "Pay first", "MODEL_QUOTA"],
  [413, "request_too_large", "Request exceeds the maximum size", "CONTEXT_TOO_LONG"],
  [429, "rate_limit_error", "Too many tokens a minute", "MODEL_RATE_LIMITED"],
  [500, "api_error", "Internal server error", "MODEL_FAILED"],
  [529, "overloaded_error", "Overloaded", "MODEL_OVERLOADED"],
]

test.each(refusals)("%i %s (%s) is %s, and never shows the key", async (status, type, message, fault) => {
  await using server = await scriptedServer((response) =>
    sendJson(response, { type: "error", error: { type, message: `${message} (${key})` } }, status, {
      "retry-after": "7",
    }),
  )
  const { error } = await faultOf(providerAt(server.url).model, asking("x"))
  expect(error.fault).toBe(fault)
  expect(error.provider).toBe("claude")
  expect(JSON.stringify(error) + String(error.cause) + error.stack).not.toContain(key)
  if (status === 429) expect(error.retryAfterMs).toBe(7000)
})

test("being overloaded in mid-stream is said after what was given", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [
      start,
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "half" } },
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    ]),
  )
  const { events, error } = await faultOf(providerAt(server.url).model, asking("x"))
  expect(textIn(events)).toBe("half")
  expect(error.fault).toBe("MODEL_OVERLOADED")
  expect(error.isPassing).toBe(true)
})

test("a stream that stops before its end is broken", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [start]))
  expect((await faultOf(providerAt(server.url).model, asking("x"))).error.fault).toBe("MODEL_STREAM_BROKEN")
})

test("firing the signal closes the connection", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [start], { open: true }))
  const controller = new AbortController()
  const stream = providerAt(server.url).model(asking("x"), controller.signal)[Symbol.asyncIterator]()
  await stream.next()
  controller.abort()
  await expect(stream.next()).rejects.toMatchObject({ code: "CANCELLED" })
  await server.requests[0]?.closed
})

test("models are listed over all pages with their sizes", async () => {
  await using server = await scriptedServer((response, request) => {
    const isFirst = !request.path.includes("after_id")
    const model = isFirst
      ? { id: "claude-a", max_input_tokens: 200_000, max_tokens: 64_000 }
      : { id: "claude-b", max_input_tokens: null }
    sendJson(response, { data: [model], has_more: isFirst, last_id: model.id })
  })
  const models = await providerAt(server.url).listModels(new AbortController().signal)
  expect(models).toEqual([
    { id: "claude-a", kind: "chat", contextTokens: 200_000, maxOutputTokens: 64_000 },
    { id: "claude-b", kind: "chat" },
  ])
  expect(server.requests[1]?.path).toBe("/v1/models?limit=1000&after_id=claude-a")
})

test("a list that has no end is not followed for ever", async () => {
  await using server = await scriptedServer((response, _, nth) =>
    sendJson(response, { data: [{ id: `m${nth}` }], has_more: true, last_id: `m${nth}` }),
  )
  const models = await providerAt(server.url).listModels(new AbortController().signal)
  expect(models.length).toBeLessThan(100)
})

test("tokens are counted by the provider", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { input_tokens: 321 }))
  const count = providerAt(server.url).countTokens
  expect(await count?.(asking("x"), new AbortController().signal)).toBe(321)
  expect(server.requests[0]?.path).toBe("/v1/messages/count_tokens")
  expect(server.requests[0]?.body).not.toHaveProperty("max_tokens")
  expect(server.requests[0]?.body).not.toHaveProperty("stream")
})

test.each([
  ["a rate limit", { rateLimitRate: 1 }, "MODEL_RATE_LIMITED"],
  ["a server error", { dropRate: 1 }, "MODEL_FAILED"],
  ["malformed JSON", { malformedRate: 1 }, "MODEL_ANSWER_INVALID"],
  ["a lost connection", { disconnectRate: 1 }, "MODEL_UNREACHABLE"],
] as const)("%s is a fault that may pass", async (_, chaos, fault) => {
  await using server = await mocked((mock) => mock.onMessage("hello", { content: "Hi" }).setChaos(chaos))
  const { events, error } = await faultOf(providerAt(server.url).model, asking("hello", { model: "claude-sonnet-4-5" }))
  expect(error.fault).toBe(fault)
  expect(error.isPassing).toBe(true)
  expect(events).toEqual([])
})
