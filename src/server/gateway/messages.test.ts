import { describe, expect, test } from "vitest"
import type { DuckError } from "../../base/errors.ts"
import type { ModelEvent } from "../../models/model.ts"
import { wholeAnswer } from "./answer.ts"
import type { Asked } from "./dialect.ts"
import { calls, ended, type SentEvent, sentEvents, started } from "./gateway.testing.ts"
import { messages as dialect } from "./messages-request.ts"

const call = { id: "1", nowMs: 0, attribution: { user: "ada" } }
const decode = (body: object): Asked =>
  dialect.decode({ model: "p/m", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...body }, call)
const refusalOf = (body: object): DuckError => {
  try {
    decode(body)
  } catch (error) {
    return error as DuckError
  }
  throw new Error("it was taken")
}
const answerOf = async (...events: ModelEvent[]) =>
  decode({}).answer(await wholeAnswer(from(events))) as { content: object[]; stop_reason: string }
async function* from(events: readonly ModelEvent[]) {
  yield* events
}
function framesOf(...events: ModelEvent[]): SentEvent[] {
  const frames = decode({}).frames()
  return sentEvents(events.map((event) => frames.of(event)).join(""))
}
const dataOf = (events: SentEvent[]) => events.map(({ data }) => data as Record<string, unknown>)

describe("a request", () => {
  test("has rules, images, calls and results in their order", () => {
    const { request } = decode({
      system: [
        { type: "text", text: "long", cache_control: { type: "ephemeral", ttl: "1h" } },
        { type: "text", text: "short" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
            { type: "document", title: "T", source: { type: "text", media_type: "text/plain", data: "words" } },
            { type: "text", text: "look" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "sig" },
            { type: "redacted_thinking", data: "xx" },
            { type: "text", text: "I look." },
            { type: "tool_use", id: "t1", name: "look", input: { a: 1 } },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t1",
              is_error: true,
              content: [
                { type: "text", text: "no" },
                { type: "image", source: { type: "url", url: "https://e.org/a.png" } },
              ],
            },
            { type: "text", text: "go on", cache_control: { type: "ephemeral" } },
          ],
        },
      ],
    })
    expect(request.messages).toEqual([
      { role: "system", parts: [{ kind: "text", text: "long" }], cache: "long" },
      { role: "system", parts: [{ kind: "text", text: "short" }] },
      {
        role: "user",
        parts: [
          { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "AAAA" } },
          { kind: "text", text: "T\n\nwords" },
          { kind: "text", text: "look" },
        ],
      },
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "hm", proof: { from: "anthropic", data: { type: "thinking", signature: "sig" } } },
          {
            kind: "reasoning",
            text: "",
            proof: { from: "anthropic", data: { type: "redacted_thinking", data: "xx" } },
          },
          { kind: "text", text: "I look." },
          { kind: "tool-call", id: "t1", name: "look", arguments: '{"a":1}' },
        ],
      },
      {
        role: "tool",
        parts: [
          {
            kind: "tool-result",
            callId: "t1",
            name: "look",
            isError: true,
            content: [
              { kind: "text", text: "no" },
              { kind: "image", mediaType: "image/png", source: { kind: "url", url: "https://e.org/a.png" } },
            ],
          },
        ],
      },
      { role: "user", parts: [{ kind: "text", text: "go on" }], cache: "short" },
    ])
  })

  test("has its options under our names", () => {
    const { request } = decode({
      tools: [
        { name: "f", description: "d", input_schema: { type: "object" } },
        { type: "web_search_20250305", name: "web_search", max_uses: 3 },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      thinking: { type: "enabled", budget_tokens: 2048 },
      output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } },
      stop_sequences: ["END"],
      temperature: 1,
      metadata: { user_id: "u" },
    })
    expect(request).toMatchObject({
      model: "p/m",
      maxOutputTokens: 100,
      tools: [{ name: "f", description: "d", parameters: { type: "object" } }],
      toolChoice: "required",
      parallelToolCalls: false,
      reasoning: { effort: "xhigh", maxTokens: 2048 },
      output: { name: "answer", schema: { type: "object" } },
      stop: ["END"],
      temperature: 1,
    })
    expect(request.tools).toHaveLength(1)
  })

  test.each([
    [{ type: "auto" }, "auto"],
    [{ type: "none" }, "none"],
    [{ type: "tool", name: "f" }, { name: "f" }],
  ])("chooses a tool by %j", (tool_choice, expected) => {
    const tools = [{ name: "f", input_schema: { type: "object" } }]
    expect(decode({ tools, tool_choice }).request.toolChoice).toEqual(expected)
  })

  test.each([
    [{ messages: [] }, "messages"],
    [{ messages: [{ role: "user", content: [{ type: "audio" }] }] }, "messages.0.content.0.type"],
    [
      { messages: [{ role: "user", content: [{ type: "document", source: { type: "base64", data: "" } }] }] },
      "messages.0.content.0.source.type",
    ],
    [{ tools: [{ type: "bash_20250124", name: "bash" }] }, "tools.0.type"],
    [{ tools: [{ name: "f" }] }, "tools.0.input_schema"],
    [{ max_tokens: 0 }, "max_tokens"],
  ])("that is wrong is refused by field: %j", (body, param) => {
    const error = refusalOf(body)
    expect(error).toMatchObject({ status: 400, details: { param } })
    expect(error.message).toContain(param)
  })
})

describe("an answer", () => {
  test("has blocks, a reason to stop, and a usage that does not count the cache twice", async () => {
    const usage = {
      inputTokens: 100,
      cachedInputTokens: 60,
      cacheWriteTokens: 10,
      outputTokens: 7,
      reasoningTokens: 2,
      isEstimated: false,
    }
    const answer = await answerOf(
      started,
      { kind: "text", text: "I look." },
      calls("t1", "look", '{"a":1}'),
      calls("t2", "find", ""),
      { kind: "end", finish: "tool-calls", usage },
    )
    expect(answer).toEqual({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "p/m",
      content: [
        { type: "text", text: "I look.", citations: null },
        { type: "tool_use", id: "t1", name: "look", input: { a: 1 } },
        { type: "tool_use", id: "t2", name: "find", input: {} },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 30,
        cache_creation_input_tokens: 10,
        cache_read_input_tokens: 60,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 2 },
      },
    })
  })

  test.each(["{", "[1]", '"x"', "null"])("is an error where a tool is called with %s", async (args) => {
    const events = [started, calls("t1", "look", args), ended("tool-calls")]
    await expect(answerOf(...events)).rejects.toMatchObject({ code: "MODEL_ANSWER_INVALID" })
    expect(() => framesOf(...events)).toThrow("arguments")
  })

  test.each([
    ["stop", "end_turn"],
    ["length", "max_tokens"],
    ["tool-calls", "tool_use"],
    ["refused", "refusal"],
  ] as const)("that ended with %s says %s", async (finish, reason) => {
    expect((await answerOf(started, ended(finish))).stop_reason).toBe(reason)
  })
})

describe("a stream", () => {
  test("has one block after the other, each begun, filled and ended", () => {
    const events = framesOf(
      started,
      { kind: "reasoning", text: "h" },
      { kind: "reasoning", text: "m" },
      { kind: "reasoning-end", proof: { from: "anthropic", data: { signature: "s" } } },
      { kind: "text", text: "a" },
      { kind: "text", text: '"b"\n\n' },
      { kind: "tool-delta", index: 0, id: "t1", name: "look", text: "{" },
      calls("t1", "look", '{"a":1}'),
      ended("tool-calls"),
    )
    expect(events.map(({ event }) => event)).toEqual(dataOf(events).map(({ type }) => type))
    expect(dataOf(events).slice(1, -2)).toEqual([
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "h" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "m" } },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "signature_delta", signature: expect.stringMatching(/^duck1\./) },
      },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "a" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: '"b"\n\n' } },
      { type: "content_block_stop", index: 1 },
      { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "t1", name: "look", input: {} } },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"a":1}' } },
      { type: "content_block_stop", index: 2 },
    ])
    expect(dataOf(events).at(-2)).toMatchObject({
      type: "message_delta",
      delta: { stop_reason: "tool_use" },
      usage: { input_tokens: 10, output_tokens: 5 },
    })
    expect(dataOf(events).at(-1)).toEqual({ type: "message_stop" })
  })

  test("that another model goes on with ends the void thought unsigned and keeps the text in its block", () => {
    const events = framesOf(
      started,
      { kind: "text", text: "one " },
      { kind: "restart", provider: "q", model: "n", why: "p broke" },
      { kind: "text", text: "two" },
      { kind: "reasoning", text: "void" },
      { kind: "restart", provider: "r", model: "o", why: "q broke" },
      ended(),
    )
    const kinds = dataOf(events).map(({ type, index }) => `${type} ${index}`)
    expect(kinds.slice(1, 8)).toEqual([
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_delta 0",
      "content_block_stop 0",
      "content_block_start 1",
      "content_block_delta 1",
      "content_block_stop 1",
    ])
  })
})

test("thoughts and calls keep their proofs on the way through the client and back, from any provider", async () => {
  const events: ModelEvent[] = [
    started,
    { kind: "reasoning", text: "first" },
    { kind: "reasoning-end", proof: { from: "openai", data: { id: "rs_1", encrypted: "x" } } },
    { kind: "reasoning-end", proof: { from: "anthropic", data: { redacted: "y" } } },
    { ...calls("t1", "look", "{}"), proof: { from: "gemini", data: { signature: "z" } } } as ModelEvent,
    ended("tool-calls"),
  ]
  const expected = [
    { kind: "reasoning", text: "first", proof: { from: "openai", data: { id: "rs_1", encrypted: "x" } } },
    { kind: "reasoning", text: "", proof: { from: "anthropic", data: { redacted: "y" } } },
    { kind: "tool-call", id: "t1", name: "look", arguments: "{}", proof: { from: "gemini", data: { signature: "z" } } },
  ]
  const { content } = await answerOf(...events)
  expect(decode({ messages: [{ role: "assistant", content }] }).request.messages).toEqual([
    { role: "assistant", parts: expected },
  ])

  const streamed: Record<string, unknown>[] = []
  for (const data of dataOf(framesOf(...events))) {
    if (data.type === "content_block_start") streamed.push({ ...(data.content_block as object) })
    const block = streamed.at(-1)
    const delta = (data.type === "content_block_delta" ? data.delta : {}) as Record<string, string>
    if (block && delta.thinking) block.thinking += delta.thinking
    if (block && delta.signature) block.signature = delta.signature
  }
  expect(decode({ messages: [{ role: "assistant", content: streamed }] }).request.messages).toEqual([
    { role: "assistant", parts: expected },
  ])
})
