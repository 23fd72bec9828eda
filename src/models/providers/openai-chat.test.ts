import { LLMock } from "@copilotkit/aimock"
import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { openAiChatProvider } from "./openai-chat.ts"

const key = "sk-test-0123456789abcdef"
const providerAt = (url: string) =>
  openAiChatProvider({ name: "vllm", kind: "openai-chat", url: `${url}/v1`, key: () => key })

async function mocked(set: (mock: LLMock) => void) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  return { url: mock.url, mock, [Symbol.asyncDispose]: () => mock.stop() }
}

const chunk = (delta: unknown, finish: string | null = null, more = {}) => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
})
const usage = { prompt_tokens: 10, completion_tokens: 5 }

/** A schema that OpenAI takes in its strict mode. */
const closed = { type: "object", properties: {}, additionalProperties: false }

test("a streamed answer gives its start, its text piece by piece and its end with the usage", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("hello", { content: "Hi there, how are you?", usage: { prompt_tokens: 7, completion_tokens: 9 } }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("hello"))
  expect(events[0]).toMatchObject({ kind: "start", provider: "vllm", model: "test-model" })
  expect(textIn(events)).toBe("Hi there, how are you?")
  expect(endIn(events)).toMatchObject({
    finish: "stop",
    usage: { inputTokens: 7, outputTokens: 9, isEstimated: false },
  })
})

test("tool calls are told while they are written and once whole", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("weather", {
      toolCalls: [
        { name: "weather", arguments: '{"city":"Bern"}', id: "call_1" },
        { name: "time", arguments: '{"zone":"CET"}', id: "call_2" },
      ],
    }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("weather"))
  expect(events.filter((event) => event.kind === "tool-call")).toEqual([
    { kind: "tool-call", index: 0, id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
    { kind: "tool-call", index: 1, id: "call_2", name: "time", arguments: '{"zone":"CET"}' },
  ])
  const written = events.filter((event) => event.kind === "tool-delta" && event.index === 1)
  expect(written.map((event) => (event.kind === "tool-delta" ? event.text : "")).join("")).toBe('{"zone":"CET"}')
  expect(endIn(events).finish).toBe("tool-calls")
})

test("thoughts come before the text and are closed by it", async () => {
  for (const field of ["reasoning_content", "reasoning"]) {
    await using server = await scriptedServer((response) =>
      sendEvents(response, [chunk({ [field]: "Hm, " }), chunk({ [field]: "two." }), chunk({ content: "2" }, "stop")]),
    )
    const events = await eventsOf(providerAt(server.url).model, asking("1+1"))
    expect(events.slice(1, -1)).toEqual([
      { kind: "reasoning", text: "Hm, " },
      { kind: "reasoning", text: "two." },
      { kind: "reasoning-end", proof: { from: "openai-chat", data: { field } } },
      { kind: "text", text: "2" },
    ])
  }
})

test("everything a request can hold is sent as chat completions have it", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [chunk({ content: "ok" }, "stop")]))
  const request: ModelRequest = {
    model: "m1",
    messages: [
      { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
      {
        role: "user",
        parts: [
          { kind: "text", text: "What is it?" },
          { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "aGk=" } },
        ],
      },
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "look", proof: { from: "openai-chat", data: { field: "reasoning_content" } } },
          { kind: "reasoning", text: "foreign", proof: { from: "anthropic", data: {} } },
          { kind: "tool-call", id: "c1", name: "look", arguments: '{"at":1}' },
        ],
      },
      {
        role: "tool",
        parts: [
          {
            kind: "tool-result",
            callId: "c1",
            name: "look",
            content: [
              { kind: "text", text: "seen" },
              { kind: "image", mediaType: "image/png", source: { kind: "url", url: "http://x/y.png" } },
            ],
          },
        ],
      },
      { role: "tool", parts: [{ kind: "tool-result", callId: "c2", name: "b", content: [], isError: true }] },
    ],
    tools: [{ name: "look", description: "Looks.", parameters: { type: "object" }, strict: true }],
    toolChoice: { name: "look" },
    parallelToolCalls: false,
    maxOutputTokens: 99,
    temperature: 0.5,
    topP: 0.9,
    stop: ["END"],
    seed: 7,
    reasoning: { effort: "low" },
    output: { name: "answer", schema: closed },
    attribution: { user: "u1" },
    extra: { top_k: 3, model: "not this one" },
  }
  await eventsOf(providerAt(server.url).model, request)
  const seen = server.requests[0]
  expect(seen?.headers.authorization).toBe(`Bearer ${key}`)
  expect(seen?.path).toBe("/v1/chat/completions")
  expect(seen?.body).toEqual({
    model: "m1",
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 99,
    temperature: 0.5,
    top_p: 0.9,
    stop: ["END"],
    seed: 7,
    top_k: 3,
    reasoning_effort: "low",
    parallel_tool_calls: false,
    tool_choice: { type: "function", function: { name: "look" } },
    tools: [
      {
        type: "function",
        function: { name: "look", description: "Looks.", parameters: { type: "object" }, strict: true },
      },
    ],
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema: closed, strict: true },
    },
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        reasoning_content: "look",
        tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: "seen" },
      { role: "tool", tool_call_id: "c2", content: "Error: " },
      {
        role: "user",
        content: [
          { type: "text", text: "What the tool look (c1) showed:" },
          { type: "image_url", image_url: { url: "http://x/y.png" } },
        ],
      },
    ],
  })
})

test("a field that a server does not take is left out, and not sent again", async () => {
  await using server = await scriptedServer((response, { body }) => {
    if (body.stream_options)
      return sendJson(response, { error: { message: "Unrecognized request argument supplied: stream_options" } }, 400)
    if (body.max_tokens) {
      const message = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
      return sendJson(response, { error: { message, param: "max_tokens", code: "unsupported_parameter" } }, 400)
    }
    sendEvents(response, [chunk({ content: "ok" }, "stop"), "[DONE]"])
  })
  const provider = providerAt(server.url)
  const request = asking("hi", { maxOutputTokens: 5 })
  expect(textIn(await eventsOf(provider.model, request))).toBe("ok")
  expect(server.requests).toHaveLength(3)
  expect(textIn(await eventsOf(provider.model, request))).toBe("ok")
  expect(server.requests).toHaveLength(4)
  expect(server.requests[3]?.body).toMatchObject({ max_completion_tokens: 5 })
  expect(server.requests[3]?.body).not.toHaveProperty("stream_options")
})

test("a value that is out of range is the caller's fault, not a field to leave out", async () => {
  await using server = await scriptedServer((response) =>
    sendJson(response, { error: { message: "temperature must be between 0 and 2", param: "temperature" } }, 400),
  )
  const { error } = await faultOf(providerAt(server.url).model, asking("hi", { temperature: 9 }))
  expect(error.fault).toBe("MODEL_REQUEST_INVALID")
  expect(server.requests).toHaveLength(1)
})

test("usage that a server does not tell is estimated and says so", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ content: "one two three" }, "stop"), "[DONE]"]),
  )
  const { usage } = endIn(await eventsOf(providerAt(server.url).model, asking("count to three")))
  expect(usage.isEstimated).toBe(true)
  expect(usage.inputTokens).toBeGreaterThan(2)
  expect(usage.outputTokens).toBeGreaterThan(1)
})

test("what came from the cache and what was thought is read from the usage", async () => {
  const counts = {
    ...usage,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 3 },
  }
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ content: "x" }, "stop"), { choices: [], usage: counts }, "[DONE]"]),
  )
  expect(endIn(await eventsOf(providerAt(server.url).model, asking("hi"))).usage).toEqual({
    inputTokens: 10,
    cachedInputTokens: 8,
    cacheWriteTokens: 0,
    outputTokens: 5,
    reasoningTokens: 3,
    isEstimated: false,
  })
})

test("tool calls without ids or indexes are told apart", async () => {
  const call = (name: string, city: string) => ({ function: { name, arguments: { city } } })
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ tool_calls: [call("weather", "Bern"), call("weather", "Rome")] }, "stop"), "[DONE]"]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("weather"))
  const calls = events.filter((event) => event.kind === "tool-call")
  expect(calls.map(({ name, arguments: text }) => [name, text])).toEqual([
    ["weather", '{"city":"Bern"}'],
    ["weather", '{"city":"Rome"}'],
  ])
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  expect(endIn(events).finish).toBe("tool-calls")
})

test("calls that all have index 0 but ids of their own are several calls", async () => {
  const call = (id: string) => ({ index: 0, id, function: { name: "f", arguments: `{"id":"${id}"}` } })
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ tool_calls: [call("a")] }), chunk({ tool_calls: [call("b")] }, "tool_calls")]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("go"))
  expect(events.filter((event) => event.kind === "tool-call").map(({ id, index }) => [id, index])).toEqual([
    ["a", 0],
    ["b", 1],
  ])
})

test("a tool call that the output limit cut off is not given as a whole one", async () => {
  const call = { index: 0, id: "a", function: { name: "f", arguments: '{"x": "unfin' } }
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ tool_calls: [call] }), chunk({}, "length"), "[DONE]"]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("go"))
  expect(events.some((event) => event.kind === "tool-call")).toBe(false)
  expect(endIn(events).finish).toBe("length")
})

test("a refusal is text of an answer that was refused", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [chunk({ refusal: "I can't." }), chunk({}, "stop"), "[DONE]"]),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("bad"))
  expect(textIn(events)).toBe("I can't.")
  expect(endIn(events).finish).toBe("refused")
})

test("a server that answers with one JSON instead of a stream is understood", async () => {
  await using server = await scriptedServer((response) =>
    sendJson(response, { id: "x", choices: [{ message: { content: "whole" }, finish_reason: "stop" }], usage }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("hi"))
  expect(textIn(events)).toBe("whole")
  expect(endIn(events).usage.inputTokens).toBe(10)
})

test("OpenRouter's thoughts come back to it as it wrote them, within the turn only", async () => {
  const detail = (text: string) => ({ type: "reasoning.text", index: 0, text })
  await using server = await scriptedServer((response) =>
    sendEvents(response, [
      chunk({ reasoning: "a", reasoning_details: [detail("a")] }),
      chunk({ reasoning: "b", reasoning_details: [detail("b")] }),
      chunk({ content: "x" }, "stop"),
    ]),
  )
  const provider = providerAt(server.url)
  const end = (await eventsOf(provider.model, asking("hi"))).find((event) => event.kind === "reasoning-end")
  const proof = end?.kind === "reasoning-end" ? end.proof : undefined
  expect(proof?.data).toEqual({ details: [detail("ab")] })
  const thought = { role: "assistant", parts: [{ kind: "reasoning", text: "ab", proof }] } as const
  const [question] = asking("hi").messages
  await eventsOf(provider.model, asking("", { messages: [question, thought].filter((m) => m !== undefined) }))
  await eventsOf(provider.model, asking("", { messages: [question, thought, question].filter((m) => m !== undefined) }))
  expect(server.requests[1]?.body.messages[1]).toHaveProperty("reasoning_details", [detail("ab")])
  expect(server.requests[2]?.body.messages[1]).not.toHaveProperty("reasoning_details")
})

test("a wrong key, an unknown model and a lack of credit are told apart, without the key", async () => {
  const cases = [
    [401, { message: `Incorrect API key provided: ${key}`, code: "invalid_api_key" }, "MODEL_UNAUTHORIZED"],
    [404, { message: "The model `x` does not exist", code: "model_not_found" }, "MODEL_UNKNOWN"],
    [429, { message: "You exceeded your current quota", code: "insufficient_quota" }, "MODEL_QUOTA"],
    [429, { message: "Rate limit reached", code: "rate_limit_exceeded" }, "MODEL_RATE_LIMITED"],
    [500, { message: "boom" }, "MODEL_FAILED"],
  ] as const
  for (const [status, body, fault] of cases) {
    await using server = await mocked((mock) => mock.nextRequestError(status, body))
    const { error } = await faultOf(providerAt(server.url).model, asking("hi"))
    expect(error.fault).toBe(fault)
    expect(error.details?.providerStatus).toBe(status)
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain(key)
  }
})

test("chaos of the provider comes as faults: 429 with its pause, a broken stream, something that is no JSON", async () => {
  const content = "a longer answer that is cut in pieces"
  await using server = await mocked((mock) => mock.onMessage("hi", { content }))
  const { model } = providerAt(server.url)
  server.mock.setChaos({ rateLimitRate: 1 })
  const limited = await faultOf(model, asking("hi"))
  expect(limited.error).toMatchObject({ fault: "MODEL_RATE_LIMITED", retryAfterMs: expect.any(Number) })
  server.mock.setChaos({ malformedRate: 1 })
  expect((await faultOf(model, asking("hi"))).error.fault).toBe("MODEL_ANSWER_INVALID")
  server.mock.setChaos({ dropRate: 1 })
  expect((await faultOf(model, asking("hi"))).error.isPassing).toBe(true)
  server.mock.setChaos({ disconnectRate: 1 })
  expect((await faultOf(model, asking("hi"))).error.isPassing).toBe(true)
  server.mock.clearChaos()
  expect(textIn(await eventsOf(model, asking("hi")))).toBe(content)
})

test("models are listed with what the server tells of them", async () => {
  const data = [
    { id: "llama", max_model_len: 4096 },
    { id: "router/x", context_length: 200000, top_provider: { max_completion_tokens: 8000 } },
    { id: "text-embedding-3-small" },
    { id: "whisper-1" },
  ]
  await using server = await scriptedServer((response) => sendJson(response, { object: "list", data }))
  expect(await providerAt(server.url).listModels(new AbortController().signal)).toEqual([
    { id: "llama", kind: "chat", contextTokens: 4096 },
    { id: "router/x", kind: "chat", contextTokens: 200000, maxOutputTokens: 8000 },
    { id: "text-embedding-3-small", kind: "embedding" },
    { id: "whisper-1", kind: "other" },
  ])
})

test("embeddings come in order, whatever the order, form and number of the answers", async () => {
  await using server = await scriptedServer((response, { body }) => {
    const vectors = body.input.map((text: string, index: number) => {
      const numbers = Float32Array.of(Number(text), 0.5)
      const base64 = Buffer.from(numbers.buffer).toString("base64")
      return { index, embedding: index % 2 === 0 ? [...numbers] : base64 }
    })
    sendJson(response, { data: vectors.reverse(), usage: { prompt_tokens: body.input.length } })
  })
  const texts = Array.from({ length: 300 }, (_, at) => String(at))
  const provider = providerAt(server.url)
  const request = { model: "e", texts, attribution: { user: "u1" } }
  const embeddings = await provider.embed?.(request, new AbortController().signal)
  expect(embeddings?.vectors.map((vector) => vector[0])).toEqual(texts.map(Number))
  expect(embeddings?.inputTokens).toBe(300)
  expect(server.requests).toHaveLength(3)
})

test("a wrong number of embeddings is no answer", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { data: [{ index: 0, embedding: [1] }] }))
  const request = { model: "e", texts: ["a", "b"], attribution: { user: "u1" } }
  await expect(providerAt(server.url).embed?.(request, new AbortController().signal)).rejects.toMatchObject({
    fault: "MODEL_ANSWER_INVALID",
  })
})
