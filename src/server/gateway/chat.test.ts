import { describe, expect, test } from "vitest"
import type { DuckError } from "../../base/errors.ts"
import type { ModelEvent, ReasoningProof } from "../../models/model.ts"
import { wholeAnswer } from "./answer.ts"
import { chat } from "./chat-request.ts"
import type { Asked } from "./dialect.ts"
import { calls, ended, sentEvents, started } from "./gateway.testing.ts"

const call = { id: "1", nowMs: 5_000, attribution: { user: "ada" } }
const decode = (body: object): Asked => chat.decode({ messages: [{ role: "user", content: "hi" }], ...body }, call)
const refusalOf = (body: object): DuckError => {
  try {
    decode(body)
  } catch (error) {
    return error as DuckError
  }
  throw new Error("it was taken")
}
const answerOf = async (...events: ModelEvent[]) =>
  decode({}).answer(await wholeAnswer(from(events))) as { choices: { message: object; finish_reason: string }[] }
async function* from(events: readonly ModelEvent[]) {
  yield* events
}
const framesOf = (asked: Asked, ...events: ModelEvent[]) => {
  const frames = asked.frames()
  return sentEvents(events.map((event) => frames.of(event)).join("")).map(({ data }) => data)
}

describe("a request", () => {
  test("has messages of every role, images and results with their tool's name", () => {
    const { request } = decode({
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "what is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
            { type: "image_url", image_url: { url: "https://example.com/a.JPG?x" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } },
            { id: "c2", type: "function", function: { name: "find", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "one" },
        { role: "tool", tool_call_id: "c2", content: [{ type: "text", text: "two" }] },
      ],
    })
    expect(request.messages).toEqual([
      { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
      {
        role: "user",
        parts: [
          { kind: "text", text: "what is this?" },
          { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "AAAA" } },
          { kind: "image", mediaType: "image/jpeg", source: { kind: "url", url: "https://example.com/a.JPG?x" } },
        ],
      },
      {
        role: "assistant",
        parts: [
          { kind: "tool-call", id: "c1", name: "look", arguments: '{"a":1}' },
          { kind: "tool-call", id: "c2", name: "find", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        parts: [
          { kind: "tool-result", callId: "c1", name: "look", content: [{ kind: "text", text: "one" }] },
          { kind: "tool-result", callId: "c2", name: "find", content: [{ kind: "text", text: "two" }] },
        ],
      },
    ])
  })

  test("has its options under our names", () => {
    const { request, isStream } = decode({
      model: "default",
      tools: [{ type: "function", function: { name: "f" } }],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      max_tokens: 5,
      max_completion_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      stop: "END",
      seed: 3,
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      stream: true,
      user: "unknown fields and nulls do no harm",
      service_tier: null,
    })
    expect(isStream).toBe(true)
    expect(request).toMatchObject({
      model: "",
      tools: [{ name: "f", parameters: { type: "object", properties: {} } }],
      toolChoice: { name: "f" },
      parallelToolCalls: false,
      maxOutputTokens: 7,
      temperature: 0,
      topP: 0.5,
      stop: ["END"],
      seed: 3,
      reasoning: { effort: "low" },
      output: { name: "n", schema: { type: "object" } },
      attribution: { user: "ada" },
    })
  })

  test("with tools has its rules and its end marked for the provider's cache, one without has no marks", () => {
    const messages = [
      { role: "system", content: "rules" },
      { role: "user", content: "one" },
      { role: "assistant", content: "two" },
      { role: "user", content: "three" },
    ]
    const tools = [{ type: "function", function: { name: "f" } }]
    const marks = (body: object) => decode({ messages, ...body }).request.messages.map(({ cache }) => cache)
    expect(marks({ tools })).toEqual(["short", undefined, undefined, "short"])
    expect(marks({})).toEqual([undefined, undefined, undefined, undefined])
  })

  test.each([
    [{ messages: [] }, "messages"],
    [{ messages: [{ role: "user", content: [{ type: "input_audio" }] }] }, "messages.0.content.0.type"],
    [{ messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }, "messages.0.content.0.text"],
    [{ messages: [{ role: "nobody", content: "x" }] }, "messages.0.role"],
    [
      { messages: [{ role: "user", content: [image("data:text/html;base64,AAAA")] }] },
      "messages.0.content.0.image_url.url",
    ],
    [{ messages: [{ role: "user", content: [image("data:image/png,AAAA")] }] }, "messages.0.content.0.image_url.url"],
    [{ messages: [{ role: "user", content: [image("file:///etc/passwd")] }] }, "messages.0.content.0.image_url.url"],
    [{ n: 2 }, "n"],
    [{ logprobs: true }, "logprobs"],
    [{ functions: [] }, "functions"],
    [{ temperature: "hot" }, "temperature"],
    [{ tools: [{ type: "custom", custom: {} }] }, "tools.0.type"],
  ])("that is wrong is refused by field: %j", (body, param) => {
    const error = refusalOf(body)
    expect(error).toMatchObject({ status: 400, details: { param } })
    expect(error.message).toContain(param)
  })
})

function image(url: string) {
  return { type: "image_url", image_url: { url } }
}

describe("an answer", () => {
  test("has its text, calls, finish and usage", async () => {
    const answer = await answerOf(
      started,
      { kind: "text", text: "I " },
      { kind: "text", text: "look." },
      calls("c1", "look", '{"a":1}'),
      {
        kind: "end",
        finish: "tool-calls",
        usage: {
          inputTokens: 10,
          cachedInputTokens: 4,
          cacheWriteTokens: 0,
          outputTokens: 5,
          reasoningTokens: 2,
          isEstimated: false,
        },
      },
    )
    expect(answer).toEqual({
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 5,
      model: "p/m",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "I look.",
            refusal: null,
            tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } }],
          },
          logprobs: null,
          finish_reason: "tool_calls",
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    })
  })

  test.each([
    ["stop", "stop"],
    ["length", "length"],
    ["tool-calls", "tool_calls"],
    ["refused", "content_filter"],
  ] as const)("that ended with %s says %s", async (finish, reason) => {
    expect((await answerOf(started, ended(finish))).choices[0]?.finish_reason).toBe(reason)
    expect(framesOf(decode({}), started, ended(finish)).at(-2)).toMatchObject({ choices: [{ finish_reason: reason }] })
  })
})

describe("a stream", () => {
  test("has a chunk for each event, usage where it is asked for, and its end", () => {
    const chunks = framesOf(
      decode({ stream_options: { include_usage: true } }),
      started,
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning-end" },
      { kind: "text", text: 'a "b"\n\n\u2028' },
      { kind: "tool-delta", index: 0, id: "c1", name: "look", text: "{" },
      calls("c1", "look", "{}"),
      calls("c2", "find", "{}"),
      ended("tool-calls"),
    )
    const deltas = chunks.map((chunk) => (chunk as { choices?: { delta: object }[] }).choices?.[0]?.delta)
    expect(deltas).toEqual([
      { role: "assistant", content: "" },
      { reasoning_content: "hm" },
      { content: 'a "b"\n\n\u2028' },
      { tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] },
      { tool_calls: [{ index: 1, id: "c2", type: "function", function: { name: "find", arguments: "{}" } }] },
      {},
      undefined,
      undefined,
    ])
    expect(chunks[0]).toMatchObject({ id: "chatcmpl-1", object: "chat.completion.chunk", model: "p/m", usage: null })
    expect(chunks.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: 15 } })
    expect(chunks.at(-1)).toBe("[DONE]")
  })

  test("that another model goes on with keeps its text and sends no call twice", () => {
    const asked = decode({})
    const events: ModelEvent[] = [
      started,
      { kind: "text", text: "one " },
      { kind: "tool-delta", index: 0, id: "c1", name: "look", text: '{"a' },
      { kind: "restart", provider: "q", model: "n", why: "p broke" },
      { kind: "text", text: "two" },
      calls("c9", "look", "{}"),
      ended("tool-calls"),
    ]
    const chunks = framesOf(asked, ...events)
    expect(JSON.stringify(chunks).match(/"tool_calls":\[/g)).toHaveLength(1)
    expect(chunks.filter((chunk) => JSON.stringify(chunk).includes('"content":"'))).toMatchObject([
      { model: "p/m" },
      { model: "p/m", choices: [{ delta: { content: "one " } }] },
      { model: "q/n", choices: [{ delta: { content: "two" } }] },
    ])
  })
})

test("thoughts and calls keep their proofs on the way through the client and back", async () => {
  const proof = (n: number): ReasoningProof => ({ from: "gemini", data: { n } })
  const events: ModelEvent[] = [
    started,
    { kind: "reasoning", text: "first" },
    { kind: "reasoning-end", proof: proof(1) },
    { kind: "reasoning", text: "second" },
    { kind: "reasoning-end", proof: proof(2) },
    { ...calls("c1", "look", "{}"), proof: proof(3) } as ModelEvent,
    ended("tool-calls"),
  ]
  const expected = [
    {
      role: "assistant",
      parts: [
        { kind: "reasoning", text: "first", proof: proof(1) },
        { kind: "reasoning", text: "second", proof: proof(2) },
        { kind: "tool-call", id: "c1", name: "look", arguments: "{}", proof: proof(3) },
      ],
    },
  ]
  const whole = (await answerOf(...events)).choices[0]?.message
  expect(decode({ messages: [whole] }).request.messages).toEqual(expected)

  // As a client puts the deltas of a stream together: texts joined, lists appended.
  const streamed = {
    role: "assistant",
    reasoning_content: "",
    reasoning_details: [] as object[],
    tool_calls: [] as object[],
  }
  for (const chunk of framesOf(decode({}), ...events)) {
    const delta = (chunk as { choices?: { delta: Partial<typeof streamed> }[] }).choices?.[0]?.delta ?? {}
    streamed.reasoning_content += delta.reasoning_content ?? ""
    streamed.reasoning_details.push(...(delta.reasoning_details ?? []))
    streamed.tool_calls.push(...(delta.tool_calls ?? []))
  }
  expect(streamed.reasoning_content).toBe("firstsecond")
  expect(decode({ messages: [streamed] }).request.messages).toEqual(expected)
})
