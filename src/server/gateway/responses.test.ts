import { describe, expect, test } from "vitest"
import type { DuckError } from "../../base/errors.ts"
import type { ModelEvent } from "../../models/model.ts"
import { wholeAnswer } from "./answer.ts"
import type { Asked } from "./dialect.ts"
import { calls, ended, type SentEvent, sentEvents, started } from "./gateway.testing.ts"
import { responses as dialect } from "./responses-request.ts"

const call = { id: "1", nowMs: 5_000, attribution: { user: "ada" } }
const decode = (body: object): Asked => dialect.decode({ model: "p/m", input: "hi", ...body }, call)
const refusalOf = (body: object): DuckError => {
  try {
    decode(body)
  } catch (error) {
    return error as DuckError
  }
  throw new Error("it was taken")
}
interface Item {
  readonly type: string
  readonly [field: string]: unknown
}
const answerOf = async (asked: Asked, ...events: ModelEvent[]) =>
  asked.answer(await wholeAnswer(from(events))) as { output: Item[]; status: string; [field: string]: unknown }
async function* from(events: readonly ModelEvent[]) {
  yield* events
}
function framesOf(asked: Asked, ...events: ModelEvent[]): SentEvent[] {
  const frames = asked.frames()
  return sentEvents(events.map((event) => frames.of(event)).join(""))
}
const dataOf = (events: SentEvent[]) => events.map(({ data }) => data as Record<string, unknown> & { item: Item })

const functionTool = { type: "function", name: "look", parameters: { type: "object" }, strict: false }
const patchTool = {
  type: "custom",
  name: "patch",
  description: "Edits.",
  format: { type: "grammar", syntax: "lark", definition: "start: x" },
}
const namespaced = { type: "namespace", name: "crew", description: "", tools: [{ type: "function", name: "spawn" }] }

describe("a request", () => {
  test("has its items as messages: turns of the assistant in one, results with their tool's name", () => {
    const { request } = decode({
      instructions: "Be brief.",
      tools: [functionTool, patchTool, namespaced, { type: "web_search" }],
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "rules" }] },
        {
          role: "user",
          content: [
            { type: "input_text", text: "look" },
            { type: "input_image", image_url: "data:image/webp;base64,AAAA", detail: "auto" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: null },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "I look.", annotations: [] }] },
        { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
        { type: "function_call", call_id: "c2", name: "spawn", namespace: "crew", arguments: "{}" },
        { type: "custom_tool_call", call_id: "c3", name: "patch", input: "*** Begin" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { type: "function_call_output", call_id: "c1", output: "one" },
        { type: "function_call_output", call_id: "c2", output: [{ type: "input_text", text: "two" }] },
        { type: "custom_tool_call_output", call_id: "c3", output: "three" },
      ],
    })
    const result = (callId: string, name: string, text: string) => ({
      kind: "tool-result",
      callId,
      name,
      content: [{ kind: "text", text }],
    })
    expect(request.messages).toEqual([
      { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
      { role: "system", parts: [{ kind: "text", text: "rules" }], cache: "short" },
      {
        role: "user",
        parts: [
          { kind: "text", text: "look" },
          { kind: "image", mediaType: "image/webp", source: { kind: "base64", data: "AAAA" } },
        ],
      },
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "hm" },
          { kind: "text", text: "I look." },
          { kind: "tool-call", id: "c1", name: "look", arguments: "{}" },
          { kind: "tool-call", id: "c2", name: "crew__spawn", arguments: "{}" },
          { kind: "tool-call", id: "c3", name: "patch", arguments: '{"input":"*** Begin"}' },
        ],
      },
      {
        role: "tool",
        parts: [result("c1", "look", "one"), result("c2", "crew__spawn", "two"), result("c3", "patch", "three")],
        cache: "short",
      },
    ])
    expect(request.tools?.map(({ name }) => name)).toEqual(["look", "patch", "crew__spawn"])
    expect(request.tools?.[1]?.description).toContain("start: x")
    expect(request.tools?.[1]?.parameters).toMatchObject({ required: ["input"] })
  })

  test("has its options under our names", () => {
    const { request } = decode({
      tools: [namespaced],
      tool_choice: { type: "function", name: "spawn", namespace: "crew" },
      max_output_tokens: 9,
      reasoning: { effort: "high", summary: "auto" },
      text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
      store: false,
      include: ["reasoning.encrypted_content"],
    })
    expect(request).toMatchObject({
      toolChoice: { name: "crew__spawn" },
      maxOutputTokens: 9,
      reasoning: { effort: "high" },
      output: { name: "n", schema: { type: "object" } },
    })
  })

  test.each([
    [{ previous_response_id: "resp_0" }, "previous_response_id"],
    [{ conversation: "conv_0" }, "conversation"],
    [{ background: true }, "background"],
    [{ prompt: { id: "p" } }, "prompt"],
    [{ input: [] }, "input"],
    [{ input: [{ type: "item_reference", id: "x" }] }, "input.0.type"],
    [{ input: [{ type: "function_call", call_id: "c", name: "f" }] }, "input.0.arguments"],
    [{ input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }, "input.0.content.0.type"],
    [{ input: [{ role: "user", content: [{ type: "input_image", file_id: "f" }] }] }, "input.0.content.0.image_url"],
    [{ tools: [{ type: "local_shell" }] }, "tools.0.type"],
    [{ tools: [functionTool, { type: "function", name: "" }] }, "tools.1.name"],
  ])("that is wrong is refused by field: %j", (body, param) => {
    const error = refusalOf(body)
    expect(error).toMatchObject({ status: 400, details: { param } })
    expect(error.message).toContain(param)
  })

  test("that counts on kept answers is told what to do", () => {
    expect(refusalOf({ previous_response_id: "resp_0" }).message).toContain("store: false")
  })
})

describe("an answer", () => {
  test("has its items, usage and what was asked for", async () => {
    const asked = decode({ tools: [functionTool, patchTool, namespaced], temperature: 0.5, metadata: { a: "b" } })
    const answer = await answerOf(
      asked,
      started,
      { kind: "text", text: "I look." },
      calls("c1", "look", "{}"),
      calls("c2", "crew__spawn", '{"n":1}'),
      calls("c3", "patch", '{"input":"*** Begin"}'),
      calls("c4", "patch", "*** not JSON"),
      ended("tool-calls"),
    )
    expect(answer).toMatchObject({
      id: "resp_1",
      object: "response",
      created_at: 5,
      status: "completed",
      error: null,
      incomplete_details: null,
      model: "p/m",
      store: false,
      temperature: 0.5,
      metadata: { a: "b" },
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15, input_tokens_details: { cached_tokens: 0 } },
    })
    expect(answer.output).toMatchObject([
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "I look.", annotations: [] }] },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      { type: "function_call", call_id: "c2", name: "spawn", namespace: "crew", arguments: '{"n":1}' },
      { type: "custom_tool_call", call_id: "c3", name: "patch", input: "*** Begin" },
      { type: "custom_tool_call", call_id: "c4", name: "patch", input: "*** not JSON" },
    ])
    expect(new Set(answer.output.map(({ id }) => id)).size).toBe(5)
  })

  test.each([
    ["stop", "completed", null],
    ["tool-calls", "completed", null],
    ["length", "incomplete", { reason: "max_output_tokens" }],
    ["refused", "incomplete", { reason: "content_filter" }],
  ] as const)("that ended with %s is %s", async (finish, status, incomplete_details) => {
    expect(await answerOf(decode({}), started, ended(finish))).toMatchObject({ status, incomplete_details })
    expect(framesOf(decode({}), started, ended(finish)).at(-1)).toMatchObject({
      event: `response.${status}`,
      data: { response: { status, incomplete_details } },
    })
  })
})

describe("a stream", () => {
  test("has its events in the official order, numbered, and ends with the whole response", async () => {
    const asked = decode({ tools: [functionTool, patchTool] })
    const events: ModelEvent[] = [
      started,
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning-end", proof: { from: "openai", data: { id: "rs" } } },
      { kind: "text", text: "I " },
      { kind: "text", text: "look.\n\n" },
      { kind: "tool-delta", index: 0, id: "c1", name: "look", text: "{" },
      calls("c1", "look", "{}"),
      calls("c2", "patch", '{"input":"x"}'),
      ended("tool-calls"),
    ]
    const sent = framesOf(asked, ...events)
    expect(sent.map(({ event }) => event)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.custom_tool_call_input.delta",
      "response.custom_tool_call_input.done",
      "response.output_item.done",
      "response.completed",
    ])
    const data = dataOf(sent)
    expect(data.map(({ type }) => type)).toEqual(sent.map(({ event }) => event))
    expect(data.map(({ sequence_number }) => sequence_number)).toEqual(data.map((_, n) => n))
    expect(data[11]).toMatchObject({ output_index: 1, content_index: 0, delta: "look.\n\n", item_id: data[8]?.item.id })
    const done = data.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item)
    const whole = await answerOf(asked, ...events)
    expect(done).toEqual(whole.output)
    expect(data.at(-1)?.response).toEqual(whole)
  })

  test("that another model goes on with keeps its text in one item and sends no call twice", () => {
    const sent = dataOf(
      framesOf(
        decode({ tools: [functionTool] }),
        started,
        { kind: "text", text: "one " },
        { kind: "tool-delta", index: 0, id: "c1", name: "look", text: '{"a' },
        { kind: "restart", provider: "q", model: "n", why: "p broke" },
        { kind: "text", text: "two" },
        calls("c9", "look", "{}"),
        ended("tool-calls"),
      ),
    )
    const done = sent.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item)
    expect(done).toMatchObject([
      { type: "message", content: [{ text: "one two" }] },
      { type: "function_call", call_id: "c9" },
    ])
    expect(sent.at(-1)).toMatchObject({ response: { model: "q/n" } })
  })
})

test("thoughts and calls keep their proofs on the way through the client and back, from any provider", async () => {
  const events: ModelEvent[] = [
    started,
    { kind: "reasoning", text: "first" },
    { kind: "reasoning-end", proof: { from: "openai", data: { id: "rs_1" } } },
    { kind: "text", text: "then" },
    { kind: "reasoning-end", proof: { from: "anthropic", data: { redacted: "y" } } },
    { ...calls("c1", "look", "{}"), proof: { from: "gemini", data: { signature: "z" } } } as ModelEvent,
    ended("tool-calls"),
  ]
  const expected = [
    { kind: "reasoning", text: "first", proof: { from: "openai", data: { id: "rs_1" } } },
    { kind: "text", text: "then" },
    { kind: "reasoning", text: "", proof: { from: "anthropic", data: { redacted: "y" } } },
    { kind: "tool-call", id: "c1", name: "look", arguments: "{}", proof: { from: "gemini", data: { signature: "z" } } },
  ]
  const { output } = await answerOf(decode({}), ...events)
  const back = [{ role: "user", content: "hi" }, ...output]
  expect(decode({ input: back }).request.messages[1]).toEqual({ role: "assistant", parts: expected })
  const items = dataOf(framesOf(decode({}), ...events))
    .filter(({ type }) => type === "response.output_item.done")
    .map(({ item }) => item)
  expect(items).toEqual(output)
})
