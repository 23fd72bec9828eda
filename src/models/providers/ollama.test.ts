import { LLMock } from "@copilotkit/aimock"
import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { scriptedServer, sendJson, sendLines } from "../wire/scripted-server.testing.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { ollamaProvider } from "./ollama.ts"

const providerAt = (url: string) => ollamaProvider({ name: "ollama", kind: "ollama", url })
const never = new AbortController().signal
const line = (message: unknown, more = {}) => ({ model: "m", message, done: false, ...more })
const done = { model: "m", message: { content: "" }, done: true, done_reason: "stop" }

test("a streamed answer gives its start, its text and its end", async () => {
  const mock = new LLMock({ port: 0 })
  mock.onMessage("hello", { content: "Hi there, how are you?" })
  await mock.start()
  try {
    const events = await eventsOf(providerAt(mock.url).model, asking("hello"))
    expect(events[0]).toEqual({ kind: "start", provider: "ollama", model: "test-model" })
    expect(textIn(events)).toBe("Hi there, how are you?")
    expect(endIn(events).finish).toBe("stop")
  } finally {
    await mock.stop()
  }
})

test("thoughts, tool calls and counts are read, and a url may end in the version", async () => {
  await using server = await scriptedServer((response) =>
    sendLines(response, [
      line({ role: "assistant", content: "", thinking: "hm" }),
      line({ content: "Let me see." }),
      line({ content: "", tool_calls: [{ function: { name: "look", arguments: { at: 1 } } }] }),
      line({ content: "", tool_calls: [{ id: "c9", function: { name: "look", arguments: {} } }] }),
      { ...done, prompt_eval_count: 11, eval_count: 7 },
    ]),
  )
  const events = await eventsOf(providerAt(`${server.url}/v1/`).model, asking("hi"))
  expect(server.requests[0]?.path).toBe("/api/chat")
  const calls = events.filter((event) => event.kind === "tool-call")
  expect(events.filter((event) => event.kind !== "tool-delta")).toEqual([
    { kind: "start", provider: "ollama", model: "test-model" },
    { kind: "reasoning", text: "hm" },
    { kind: "reasoning-end", proof: { from: "ollama", data: {} } },
    { kind: "text", text: "Let me see." },
    { kind: "tool-call", index: 0, id: calls[0]?.id, name: "look", arguments: '{"at":1}' },
    { kind: "tool-call", index: 1, id: "c9", name: "look", arguments: "{}" },
    {
      kind: "end",
      finish: "tool-calls",
      usage: {
        inputTokens: 11,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 7,
        reasoningTokens: 2,
        isEstimated: false,
      },
    },
  ])
})

test("a request is sent as Ollama has it, and never cut without a word", async () => {
  await using server = await scriptedServer((response) => sendLines(response, [done]))
  const image = { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "aGk=" } } as const
  const messages: ModelRequest["messages"] = [
    { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
    { role: "user", parts: [{ kind: "text", text: "What is it?" }, image] },
    {
      role: "assistant",
      parts: [
        { kind: "reasoning", text: "hm", proof: { from: "ollama", data: {} } },
        { kind: "tool-call", id: "c1", name: "look", arguments: '{"at":1}' },
        { kind: "tool-call", id: "c2", name: "look", arguments: "not JSON" },
      ],
    },
    { role: "tool", parts: [{ kind: "tool-result", callId: "c1", name: "look", content: [image] }] },
  ]
  const request = asking("", {
    messages,
    tools: [
      { name: "look", parameters: { type: "object" } },
      { name: "other", parameters: { type: "object" } },
    ],
    toolChoice: { name: "look" },
    maxOutputTokens: 9,
    temperature: 0,
    reasoning: { effort: "low" },
    output: { name: "o", schema: { type: "object" } },
    extra: { keep_alive: "1h", options: { num_ctx: 8192, temperature: 1 } },
  })
  await eventsOf(providerAt(server.url).model, request)
  expect(server.requests[0]?.body).toEqual({
    model: "test-model",
    stream: true,
    truncate: false,
    think: true,
    keep_alive: "1h",
    format: { type: "object" },
    options: { num_ctx: 8192, num_predict: 9, temperature: 0 },
    tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is it?", images: ["aGk="] },
      {
        role: "assistant",
        content: "",
        thinking: "hm",
        tool_calls: [
          { id: "c1", function: { name: "look", arguments: { at: 1 } } },
          { id: "c2", function: { name: "look", arguments: {} } },
        ],
      },
      { role: "tool", tool_name: "look", tool_call_id: "c1", content: "" },
      { role: "user", content: "What the tool look showed:", images: ["aGk="] },
    ],
  })
})

test("a model that can't think is asked without, and gpt-oss is told how hard", async () => {
  await using server = await scriptedServer((response, { body }) => {
    if (body.think === true) sendJson(response, { error: '"m" does not support thinking' }, 400)
    else sendLines(response, [line({ content: "ok" }), done])
  })
  const { model } = providerAt(server.url)
  const request = asking("hi", { reasoning: { effort: "high" } })
  expect(textIn(await eventsOf(model, request))).toBe("ok")
  await eventsOf(model, request)
  await eventsOf(model, { ...request, model: "gpt-oss:20b", reasoning: { effort: "xhigh" } })
  expect(server.requests.map(({ body }) => body.think)).toEqual([true, undefined, undefined, "high"])
})

test("an error between the lines, a missing model and a prompt that is too long are told apart", async () => {
  await using server = await scriptedServer((response, _, nth) => {
    if (nth === 0) sendLines(response, [line({ content: "a" }), { error: "an error was encountered" }])
    else if (nth === 1) sendJson(response, { error: 'model "x" not found, try pulling it first' }, 404)
    else sendJson(response, { error: "prompt too long; exceeded max context length by 9 tokens" }, 400)
  })
  const faults: string[] = []
  for (const _ of [0, 1, 2]) faults.push((await faultOf(providerAt(server.url).model, asking("hi"))).error.fault)
  expect(faults).toEqual(["MODEL_FAILED", "MODEL_UNKNOWN", "CONTEXT_TOO_LONG"])
})

test("a stream without its last line is a broken one", async () => {
  await using server = await scriptedServer((response) => sendLines(response, [line({ content: "half" })]))
  const { events, error } = await faultOf(providerAt(server.url).model, asking("hi"))
  expect([textIn(events), error.fault]).toEqual(["half", "MODEL_STREAM_BROKEN"])
})

test("counts that are missing are estimated and say so", async () => {
  await using server = await scriptedServer((response) =>
    sendLines(response, [line({ content: "one two" }), { ...done, eval_count: 3 }]),
  )
  const { usage } = endIn(await eventsOf(providerAt(server.url).model, asking("count, please")))
  expect(usage).toMatchObject({ outputTokens: 3, isEstimated: true })
  expect(usage.inputTokens).toBeGreaterThan(2)
})

test("an image that would have to be fetched is refused before anything is sent", async () => {
  await using server = await scriptedServer((response) => sendLines(response, [done]))
  const image = { kind: "image", mediaType: "image/png", source: { kind: "url", url: "http://x/y.png" } } as const
  const request = asking("", { messages: [{ role: "user", parts: [image] }] })
  const { error } = await faultOf(providerAt(server.url).model, request)
  expect([error.fault, server.requests.length]).toEqual(["MODEL_REQUEST_INVALID", 0])
})

test("models are listed with kind and context; one that can't be looked at is listed without", async () => {
  const shown: Record<string, unknown> = {
    "llama3:8b": { capabilities: ["completion", "tools"], model_info: { "llama.context_length": 8192 } },
    "nomic-embed-text": { capabilities: ["embedding"], model_info: { "nomic-bert.context_length": 2048 } },
  }
  await using server = await scriptedServer((response, { path, body }) => {
    if (path === "/api/tags")
      return sendJson(response, { models: [...Object.keys(shown), "gone"].map((name) => ({ name })) })
    const facts = shown[body.model]
    sendJson(response, facts ?? { error: "model not found" }, facts ? 200 : 404)
  })
  expect(await providerAt(server.url).listModels(never)).toEqual([
    { id: "llama3:8b", kind: "chat", contextTokens: 8192 },
    { id: "nomic-embed-text", kind: "embedding", contextTokens: 2048 },
    { id: "gone", kind: "chat" },
  ])
})

test("embeddings come in order, in batches, and a wrong number of them is no answer", async () => {
  await using server = await scriptedServer((response, { body }) =>
    sendJson(response, {
      embeddings: body.input.filter((text: string) => text !== "x").map((text: string) => [Number(text), 0.5]),
      prompt_eval_count: body.input.length,
    }),
  )
  const { embed } = providerAt(server.url)
  const texts = Array.from({ length: 100 }, (_, at) => String(at))
  const asked = { model: "e", dimensions: 2, attribution: { user: "u1" } }
  const embeddings = await embed?.({ ...asked, texts }, never)
  expect(embeddings?.vectors.map((vector) => vector[0])).toEqual(texts.map(Number))
  expect(embeddings?.inputTokens).toBe(100)
  expect(server.requests[0]?.body).toMatchObject({ dimensions: 2, truncate: false })
  await expect(embed?.({ ...asked, texts: ["1", "x"] }, never)).rejects.toMatchObject({ fault: "MODEL_ANSWER_INVALID" })
})
