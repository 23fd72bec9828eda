import { LLMock } from "@copilotkit/aimock"
import { expect, test } from "vitest"
import type { ModelFault } from "../errors.ts"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { geminiProvider } from "./gemini.ts"

const key = "AIza-test-0123456789abcdef"
const providerAt = (url: string) =>
  geminiProvider({ name: "google", kind: "gemini", url: `${url}/v1beta`, key: () => key })
const signal = new AbortController().signal

async function mocked(set: (mock: LLMock) => void) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  return { url: mock.url, mock, [Symbol.asyncDispose]: () => mock.stop() }
}

const done = {
  candidates: [{ content: { parts: [{ text: "ok" }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1 },
}

test("a streamed answer gives its start, text and end with the usage", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("hello", {
      content: "Hi there, how are you?",
      usage: { promptTokenCount: 7, candidatesTokenCount: 9 },
    }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("hello", { model: "gemini-2.5-flash" }))
  expect(events[0]).toMatchObject({ kind: "start", provider: "google", model: "gemini-2.5-flash" })
  expect(textIn(events)).toBe("Hi there, how are you?")
  expect(endIn(events)).toMatchObject({
    finish: "stop",
    usage: { inputTokens: 7, outputTokens: 9, isEstimated: false },
  })
})

test("thoughts and tool calls come as they are", async () => {
  await using server = await mocked((mock) =>
    mock.onMessage("weather", { toolCalls: [{ name: "weather", arguments: '{"city":"Bern"}' }], reasoning: "Where?" }),
  )
  const events = await eventsOf(providerAt(server.url).model, asking("weather", { model: "gemini-2.5-flash" }))
  expect(events.flatMap((event) => (event.kind === "reasoning" ? [event.text] : [])).join("")).toBe("Where?")
  expect(events.find((event) => event.kind === "tool-call")).toMatchObject({
    name: "weather",
    arguments: '{"city":"Bern"}',
  })
  expect(endIn(events).finish).toBe("tool-calls")
})

test("the key goes in a header and never in the address", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [done]))
  const provider = providerAt(server.url)
  await eventsOf(provider.model, asking("x", { model: "models/gemini-2.5-pro" }))
  expect(server.requests[0]?.path).toBe("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse")
  expect(server.requests[0]?.headers["x-goog-api-key"]).toBe(key)
  await provider.close()
})

test("a model's name can't change the address", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [done]))
  await eventsOf(providerAt(server.url).model, asking("x", { model: "a?b#c" }))
  expect(server.requests[0]?.path).toBe("/v1beta/models/a%3Fb%23c:streamGenerateContent?alt=sse")
})

const failed = (code: number, status: string, message: string, details: unknown[] = []) => ({
  error: { code, status, message, details },
})

const refusals: readonly [number, string, string, ModelFault][] = [
  [400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "MODEL_UNAUTHORIZED"],
  [403, "PERMISSION_DENIED", "Your project may not", "MODEL_UNAUTHORIZED"],
  [404, "NOT_FOUND", "models/gemini-nothing is not found for API version v1beta", "MODEL_UNKNOWN"],
  [
    400,
    "INVALID_ARGUMENT",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "CONTEXT_TOO_LONG",
  ],
  [400, "INVALID_ARGUMENT", "Unknown name foo", "MODEL_REQUEST_INVALID"],
  [429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan", "MODEL_RATE_LIMITED"],
  [500, "INTERNAL", "An internal error has occurred", "MODEL_FAILED"],
  [503, "UNAVAILABLE", "The model is overloaded. Please try again later.", "MODEL_OVERLOADED"],
]

test.each(refusals)("%i %s (%s) is %s, and never shows the key", async (code, status, message, fault) => {
  await using server = await scriptedServer((response) =>
    sendJson(response, failed(code, status, `${message} ${key}`), code),
  )
  const { error } = await faultOf(providerAt(server.url).model, asking("x"))
  expect(error.fault).toBe(fault)
  expect(JSON.stringify(error) + error.stack).not.toContain(key)
})

test("how long to wait is read from the details", async () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "31s" }]
  await using server = await scriptedServer((response) =>
    sendJson(response, failed(429, "RESOURCE_EXHAUSTED", "slow down", details), 429),
  )
  expect((await faultOf(providerAt(server.url).model, asking("x"))).error.retryAfterMs).toBe(31_000)
})

test("a blocked prompt and a blocked answer are refused content", async () => {
  for (const blocked of [{ promptFeedback: { blockReason: "SAFETY" } }, { candidates: [{ finishReason: "SAFETY" }] }]) {
    await using server = await scriptedServer((response) => sendEvents(response, [blocked]))
    const { error } = await faultOf(providerAt(server.url).model, asking("x"))
    expect(error.fault).toBe("CONTENT_REFUSED")
  }
})

test("a call that the model garbled is worth another try", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [{ candidates: [{ finishReason: "MALFORMED_FUNCTION_CALL" }] }]),
  )
  const { error } = await faultOf(providerAt(server.url).model, asking("x"))
  expect(error.fault).toBe("MODEL_ANSWER_INVALID")
  expect(error.isPassing).toBe(true)
})

test("an error in mid-stream comes after what was given; a stream that just stops is broken", async () => {
  const half = { candidates: [{ content: { parts: [{ text: "half" }] } }] }
  await using overloaded = await scriptedServer((response) =>
    sendEvents(response, [half, failed(503, "UNAVAILABLE", "overloaded")]),
  )
  const first = await faultOf(providerAt(overloaded.url).model, asking("x"))
  expect(textIn(first.events)).toBe("half")
  expect(first.error.fault).toBe("MODEL_OVERLOADED")
  await using broken = await scriptedServer((response) => sendEvents(response, [half]))
  expect((await faultOf(providerAt(broken.url).model, asking("x"))).error.fault).toBe("MODEL_STREAM_BROKEN")
})

test("models are listed over all pages with their sizes and kinds", async () => {
  await using server = await scriptedServer((response, request) =>
    request.path.includes("pageToken")
      ? sendJson(response, {
          models: [
            {
              name: "models/gemini-embedding-001",
              inputTokenLimit: 2048,
              supportedGenerationMethods: ["embedContent"],
            },
          ],
        })
      : sendJson(response, {
          models: [
            {
              name: "models/gemini-2.5-pro",
              inputTokenLimit: 1048576,
              outputTokenLimit: 65536,
              supportedGenerationMethods: ["generateContent"],
            },
            { name: "models/veo-3", supportedGenerationMethods: ["predictLongRunning"] },
          ],
          nextPageToken: "p2/x",
        }),
  )
  expect(await providerAt(server.url).listModels(signal)).toEqual([
    { id: "gemini-2.5-pro", kind: "chat", contextTokens: 1048576, maxOutputTokens: 65536 },
    { id: "veo-3", kind: "other" },
    { id: "gemini-embedding-001", kind: "embedding", contextTokens: 2048 },
  ])
  expect(server.requests[1]?.path).toBe("/v1beta/models?pageSize=1000&pageToken=p2%2Fx")
})

test("texts are embedded in batches and in order", async () => {
  await using server = await scriptedServer((response, request) =>
    sendJson(response, {
      embeddings: request.body.requests.map((one: { content: { parts: [{ text: string }] } }) => ({
        values: [Number(one.content.parts[0].text), 0.5],
      })),
    }),
  )
  const texts = Array.from({ length: 150 }, (_, at) => String(at))
  const embedded = await providerAt(server.url).embed?.(
    { model: "gemini-embedding-001", texts, dimensions: 2, attribution: { user: "u" } },
    signal,
  )
  expect(embedded?.vectors.map((vector) => vector[0])).toEqual(texts.map(Number))
  expect(embedded?.inputTokens).toBeGreaterThan(0)
  expect(server.requests).toHaveLength(2)
  expect(server.requests[0]?.body.requests[0]).toEqual({
    model: "models/gemini-embedding-001",
    content: { parts: [{ text: "0" }] },
    outputDimensionality: 2,
  })
})

test("too few embeddings are a fault", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { embeddings: [] }))
  const asked = providerAt(server.url).embed?.({ model: "e", texts: ["a"], attribution: { user: "u" } }, signal)
  await expect(asked).rejects.toMatchObject({ code: "MODEL_ANSWER_INVALID" })
})

test("tokens are counted by the provider", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { totalTokens: 42 }))
  expect(await providerAt(server.url).countTokens?.(asking("x", { model: "gemini-2.5-pro" }), signal)).toBe(42)
  expect(server.requests[0]?.path).toBe("/v1beta/models/gemini-2.5-pro:countTokens")
  expect(server.requests[0]?.body.generateContentRequest.model).toBe("models/gemini-2.5-pro")
})

test.each([
  ["a rate limit", { rateLimitRate: 1 }, "MODEL_RATE_LIMITED"],
  ["a server error", { dropRate: 1 }, "MODEL_FAILED"],
  ["malformed JSON", { malformedRate: 1 }, "MODEL_ANSWER_INVALID"],
  ["a lost connection", { disconnectRate: 1 }, "MODEL_UNREACHABLE"],
] as const)("%s is a fault that may pass", async (_, chaos, fault) => {
  await using server = await mocked((mock) => mock.onMessage("hello", { content: "Hi" }).setChaos(chaos))
  const { events, error } = await faultOf(providerAt(server.url).model, asking("hello", { model: "gemini-2.5-flash" }))
  expect(error.fault).toBe(fault)
  expect(error.isPassing).toBe(true)
  expect(events).toEqual([])
})
