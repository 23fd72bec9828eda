import { LLMock } from "@copilotkit/aimock"
import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { openAiResponsesProvider } from "./openai-responses.ts"

const providerAt = (url: string) =>
  openAiResponsesProvider({ name: "openai", kind: "openai", url: `${url}/v1`, key: () => "sk-test-0123456789" })

async function mocked(set: (mock: LLMock) => void) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  return { url: mock.url, [Symbol.asyncDispose]: () => mock.stop() }
}

const counts = {
  input_tokens: 20,
  output_tokens: 9,
  input_tokens_details: { cached_tokens: 16 },
  output_tokens_details: { reasoning_tokens: 4 },
}
const created = { type: "response.created", response: { id: "resp_1", status: "in_progress" } }
const completed = (more = {}) => ({
  type: "response.completed",
  response: { id: "resp_1", status: "completed", output: [], usage: counts, ...more },
})
const words = (delta: string) => ({ type: "response.output_text.delta", output_index: 0, delta })

/** A schema that OpenAI takes in its strict mode. */
const closed = { type: "object", properties: {}, additionalProperties: false }

test("a streamed answer gives its start, its text and its end with the usage", async () => {
  await using server = await mocked((mock) => mock.onMessage("hello", { content: "Hi there, how are you?" }))
  const events = await eventsOf(providerAt(server.url).model, asking("hello"))
  expect(events[0]).toMatchObject({ kind: "start", provider: "openai", model: "test-model", id: expect.any(String) })
  expect(textIn(events)).toBe("Hi there, how are you?")
  expect(endIn(events).finish).toBe("stop")
})

test("function calls are told while they are written and once whole", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("weather", { toolCalls: [{ name: "weather", arguments: '{"city":"Bern"}', id: "call_1" }] }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("weather"))
  const calls = events.filter((event) => event.kind === "tool-call")
  expect(calls).toEqual([{ kind: "tool-call", index: 0, id: "call_1", name: "weather", arguments: '{"city":"Bern"}' }])
  const written = events.map((event) => (event.kind === "tool-delta" ? event.text : "")).join("")
  expect(written).toBe('{"city":"Bern"}')
  expect(endIn(events).finish).toBe("tool-calls")
})

test("the usage is told with what came from the cache and what was thought", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [created, words("x"), completed()]))
  expect(endIn(await eventsOf(providerAt(server.url).model, asking("hi"))).usage).toEqual({
    inputTokens: 20,
    cachedInputTokens: 16,
    cacheWriteTokens: 0,
    outputTokens: 9,
    reasoningTokens: 4,
    isEstimated: false,
  })
})

test("thoughts come with the proof with which they go back, and only with it", async () => {
  const item = { type: "reasoning", id: "rs_1", encrypted_content: "secret-thought", summary: [] }
  const thought = (delta: string) => ({ type: "response.reasoning_summary_text.delta", output_index: 0, delta })
  const part = { type: "response.reasoning_summary_part.added", output_index: 0 }
  await using server = await scriptedServer((response) =>
    sendEvents(response, [
      created,
      part,
      thought("first"),
      part,
      thought("second"),
      { type: "response.output_item.done", output_index: 0, item },
      words("42"),
      completed(),
    ]),
  )
  const { model } = providerAt(server.url)
  const events = await eventsOf(model, asking("hi"))
  const proof = { from: "openai", data: { id: "rs_1", encryptedContent: "secret-thought" } } as const
  expect(events.slice(1, -2)).toEqual([
    { kind: "reasoning", text: "first" },
    { kind: "reasoning", text: "\n\n" },
    { kind: "reasoning", text: "second" },
    { kind: "reasoning-end", proof },
  ])
  const messages: ModelRequest["messages"] = [
    { role: "user", parts: [{ kind: "text", text: "hi" }] },
    {
      role: "assistant",
      parts: [
        { kind: "reasoning", text: "first\n\nsecond", proof },
        { kind: "reasoning", text: "of another", proof: { from: "anthropic", data: { signature: "x" } } },
        { kind: "reasoning", text: "unproved" },
        { kind: "text", text: "42" },
      ],
    },
  ]
  await eventsOf(model, asking("", { messages }))
  expect(server.requests[1]?.body).toMatchObject({
    store: false,
    include: ["reasoning.encrypted_content"],
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "first\n\nsecond" }],
        encrypted_content: "secret-thought",
      },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "42" }] },
    ],
  })
})

test("calls, results, images and settings are sent as the responses API has them", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [created, completed()]))
  const image = { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "aGk=" } } as const
  const messages: ModelRequest["messages"] = [
    { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
    { role: "user", parts: [{ kind: "text", text: "" }, image] },
    { role: "assistant", parts: [{ kind: "tool-call", id: "c1", name: "look", arguments: "{}" }] },
    { role: "tool", parts: [{ kind: "tool-result", callId: "c1", name: "look", content: [image], isError: false }] },
    { role: "tool", parts: [{ kind: "tool-result", callId: "c2", name: "b", content: [], isError: true }] },
  ]
  await eventsOf(
    providerAt(server.url).model,
    asking("", {
      messages,
      tools: [{ name: "look", parameters: { type: "object" } }],
      toolChoice: { name: "look" },
      parallelToolCalls: false,
      maxOutputTokens: 50,
      reasoning: { effort: "high" },
      output: { name: "answer", schema: closed },
      attribution: { user: "u", session: "s1" },
    }),
  )
  const shown = { type: "input_image", image_url: "data:image/png;base64,aGk=", detail: "auto" }
  expect(server.requests[0]?.body).toEqual({
    model: "test-model",
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
    max_output_tokens: 50,
    reasoning: { effort: "high", summary: "auto" },
    text: { format: { type: "json_schema", name: "answer", schema: closed, strict: true } },
    tools: [{ type: "function", name: "look", parameters: { type: "object" }, strict: false }],
    tool_choice: { type: "function", name: "look" },
    parallel_tool_calls: false,
    prompt_cache_key: "s1",
    input: [
      { type: "message", role: "system", content: [{ type: "input_text", text: "Be brief." }] },
      { type: "message", role: "user", content: [shown] },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: [shown] },
      { type: "function_call_output", call_id: "c2", output: "Error: " },
    ],
  })
})

test("an answer that is not complete says why", async () => {
  const incomplete = (reason: string) => ({
    type: "response.incomplete",
    response: { status: "incomplete", incomplete_details: { reason }, usage: counts },
  })
  await using server = await scriptedServer((response, _, nth) =>
    sendEvents(response, [created, words("x"), incomplete(nth === 0 ? "max_output_tokens" : "content_filter")]),
  )
  const { model } = providerAt(server.url)
  expect(endIn(await eventsOf(model, asking("hi"))).finish).toBe("length")
  expect(endIn(await eventsOf(model, asking("hi"))).finish).toBe("refused")
})

test("a call that the output limit cut off is not given as a whole one", async () => {
  const item = { type: "function_call", call_id: "c1", name: "f", arguments: '{"x": "unf', status: "incomplete" }
  await using server = await scriptedServer((response) =>
    sendEvents(response, [
      created,
      { type: "response.output_item.added", output_index: 0, item: { ...item, arguments: "" } },
      { type: "response.function_call_arguments.delta", output_index: 0, delta: '{"x": "unf' },
      { type: "response.output_item.done", output_index: 0, item },
      {
        type: "response.incomplete",
        response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [item] },
      },
    ]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("hi"))
  expect(events.some((event) => event.kind === "tool-call")).toBe(false)
  expect(endIn(events)).toMatchObject({ finish: "length", usage: { isEstimated: true } })
})

test("a refusal is text of an answer that was refused", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [created, { type: "response.refusal.delta", delta: "I can't." }, completed()]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("bad"))
  expect([textIn(events), endIn(events).finish]).toEqual(["I can't.", "refused"])
})

test("what a server gives only in its last event is not lost, and nothing is given twice", async () => {
  const output = [
    { type: "message", content: [{ type: "output_text", text: "whole" }] },
    { type: "function_call", call_id: "c1", name: "f", arguments: '{"a":1}' },
  ]
  await using server = await scriptedServer((response, _, nth) =>
    nth === 0
      ? sendEvents(response, [created, completed({ output })])
      : nth === 1
        ? sendJson(response, { object: "response", ...completed({ output }).response })
        : sendEvents(response, [
            created,
            words("whole"),
            { type: "response.output_item.done", output_index: 1, item: output[1] },
            completed({ output }),
          ]),
  )
  const { model } = providerAt(server.url)
  for (const _ of [0, 1, 2]) {
    const events = await eventsOf(model, asking("hi"))
    expect(textIn(events)).toBe("whole")
    expect(events.filter((event) => event.kind === "tool-call")).toHaveLength(1)
  }
})

test("a response that fails while it streams is the fault it says", async () => {
  const failures = [
    {
      type: "response.failed",
      response: { id: "r", status: "failed", error: { code: "rate_limit_exceeded", message: "slow down" } },
    },
    { type: "error", code: "context_length_exceeded", message: "too long" },
    { type: "error", error: { type: "server_error", message: "boom" } },
  ]
  await using server = await scriptedServer((response, _, nth) => sendEvents(response, [created, failures[nth]]))
  const { model } = providerAt(server.url)
  const faults: string[] = []
  for (const _ of failures) faults.push((await faultOf(model, asking("hi"))).error.fault)
  expect(faults).toEqual(["MODEL_RATE_LIMITED", "CONTEXT_TOO_LONG", "MODEL_FAILED"])
})

test("a stream without its last event is a broken one", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [created, words("half")]))
  const { events, error } = await faultOf(providerAt(server.url).model, asking("hi"))
  expect([textIn(events), error.fault]).toEqual(["half", "MODEL_STREAM_BROKEN"])
})

test("a field that a model does not take is left out from then on", async () => {
  await using server = await scriptedServer((response, { body }) => {
    if (!("temperature" in body)) return sendEvents(response, [created, words("ok"), completed()])
    const message = "Unsupported parameter: 'temperature' is not supported with this model."
    sendJson(response, { error: { message, param: "temperature", code: "unsupported_parameter" } }, 400)
  })
  const { model } = providerAt(server.url)
  const request = asking("hi", { temperature: 0.2 })
  expect(textIn(await eventsOf(model, request))).toBe("ok")
  expect(textIn(await eventsOf(model, request))).toBe("ok")
  expect(server.requests).toHaveLength(3)
})
