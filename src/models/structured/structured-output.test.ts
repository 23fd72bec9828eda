import { expect, test } from "vitest"
import { lookup } from "../catalogue/lookup.ts"
import { type Model, type ModelEvent, type ModelRequest, noUsage } from "../model.ts"
import { anthropicProvider } from "../providers/anthropic.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "../providers/asking.testing.ts"
import { scriptedServer, sendEvents } from "../wire/scripted-server.testing.ts"
import { type SchemaSupport, schemaSupport } from "./schema-support.ts"
import { structuredOutput } from "./structured-output.ts"

const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false }
const wanting = (more: Partial<ModelRequest> = {}) =>
  asking("How many?", { output: { name: "count", schema }, ...more })

/** A model that gives these answers, one after the other, in small pieces; and what it was asked. */
function scripted(answers: readonly (string | readonly ModelEvent[])[]) {
  const asked: ModelRequest[] = []
  const model: Model = async function* (request) {
    const answer = answers[asked.length] ?? ""
    asked.push(request)
    yield { kind: "start", provider: "p", model: "m", id: `r${asked.length}` }
    if (typeof answer !== "string") return yield* answer
    for (const text of answer.match(/.{1,3}/gs) ?? []) yield { kind: "text", text }
    yield { kind: "end", finish: "stop", usage: { ...noUsage, inputTokens: 10, outputTokens: 5 }, costUsd: 0.25 }
  }
  return { asked, model }
}

const through = (model: Model, support: SchemaSupport = "provider") =>
  structuredOutput({ support: () => support })(model)
const wordsOf = (request: ModelRequest | undefined) =>
  (request?.messages ?? []).map(({ role, parts }) => [
    role,
    ...parts.map((part) => (part.kind === "text" ? part.text : part.kind)),
  ])

test("a request without a schema is not touched: the stream itself is handed on", () => {
  const { model } = scripted(["hi"])
  let stream: AsyncIterable<ModelEvent> | undefined
  const layer = structuredOutput({ support: () => "prompt" })((request, signal) => {
    stream = model(request, signal)
    return stream
  })
  expect(layer(asking("x"), new AbortController().signal)).toBe(stream)
})

test("a provider that keeps to schemas is asked as it is, and its answer comes in one piece", async () => {
  const { asked, model } = scripted(['{"n": 3}'])
  const request = wanting()
  const events = await eventsOf(through(model), request)
  expect(asked).toEqual([request])
  expect(events.map((event) => event.kind)).toEqual(["start", "text", "end"])
  expect(textIn(events)).toBe('{"n": 3}')
})

test("elsewhere the schema goes to the end of the prompt, and what the model puts around the JSON is left out", async () => {
  const { asked, model } = scripted(['Gladly!\n```json\n{"n": 3}\n```'])
  const events = await eventsOf(through(model, "prompt"), wanting())
  expect(textIn(events)).toBe('{"n": 3}')
  expect(asked[0]?.output).toBeUndefined()
  expect(wordsOf(asked[0])[0]?.[1]).toBe("How many?")
  expect(wordsOf(asked[0])[0]?.[2]).toContain(JSON.stringify(schema))
})

test("where it may help, it goes both ways", async () => {
  const { asked, model } = scripted(['{"n": 3}'])
  await eventsOf(through(model, "both"), wanting())
  expect(asked[0]?.output).toBeDefined()
  expect(wordsOf(asked[0])[0]?.[2]).toContain("JSON Schema")
})

test("an answer that does not fit goes back once, with what is wrong; nothing of it is shown", async () => {
  const { asked, model } = scripted(['{"n": "three"}', '{"n": 3}'])
  const events = await eventsOf(through(model), wanting())
  expect(events.map((event) => event.kind)).toEqual(["start", "text", "end"])
  expect(textIn(events)).toBe('{"n": 3}')
  expect(wordsOf(asked[1])).toEqual([
    ["user", "How many?"],
    ["assistant", '{"n": "three"}'],
    ["user", expect.stringContaining("/n must be integer")],
  ])
})

test("the usage and the cost are those of both rounds", async () => {
  const end = endIn(await eventsOf(through(scripted(["no", '{"n": 3}']).model), wanting()))
  expect(end.usage).toMatchObject({ inputTokens: 20, outputTokens: 10 })
  expect(end.costUsd).toBe(0.5)
})

test("after the second answer that does not fit it is a fault with the errors", async () => {
  const { asked, model } = scripted(['{"n": 1.5}', '{"m": 1}', '{"n": 1}'])
  const { events, error } = await faultOf(through(model), wanting())
  expect(asked).toHaveLength(2)
  expect(textIn(events)).toBe("")
  expect(error.fault).toBe("MODEL_ANSWER_INVALID")
  expect(error.provider).toBe("p")
  expect(error.details?.errors).toEqual([
    "the answer must have required property 'n'",
    'the answer must not have the property "m"',
  ])
  expect(error.details?.answer).toBe('{"m": 1}')
})

test("an empty answer is not sent back as one", async () => {
  const { asked, model } = scripted(["", '{"n": 3}'])
  expect(textIn(await eventsOf(through(model), wanting()))).toBe('{"n": 3}')
  expect(wordsOf(asked[1]).map(([role]) => role)).toEqual(["user"])
})

test.each(["length", "refused", "tool-calls"] as const)(
  "an answer that ends with %s is given as it is",
  async (finish) => {
    const { asked, model } = scripted([
      [
        { kind: "text", text: '{"n": ' },
        { kind: "end", finish, usage: noUsage },
      ],
    ])
    const events = await eventsOf(through(model), wanting())
    expect(asked).toHaveLength(1)
    expect(textIn(events)).toBe('{"n": ')
    expect(endIn(events).finish).toBe(finish)
  },
)

test("thoughts and calls are given as they come; in the second round no tool may be called", async () => {
  const call: ModelEvent = { kind: "tool-call", index: 0, id: "1", name: "look", arguments: "{}" }
  const { asked, model } = scripted([
    [
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning-end" },
      call,
      { kind: "text", text: "no" },
      { kind: "end", finish: "stop", usage: noUsage },
    ],
    '{"n": 3}',
  ])
  const tools = [{ name: "look", parameters: { type: "object" } }]
  const events = await eventsOf(through(model), wanting({ tools }))
  expect(events.map((event) => event.kind)).toEqual(["start", "reasoning", "reasoning-end", "tool-call", "text", "end"])
  expect(asked[1]).toMatchObject({ tools, toolChoice: "none" })
})

test("a schema that is none is said before anyone is asked", async () => {
  const { asked, model } = scripted([])
  const { error } = await faultOf(through(model), wanting({ output: { name: "x", schema: { type: "nothing" } } }))
  expect(error.fault).toBe("MODEL_REQUEST_INVALID")
  expect(asked).toEqual([])
})

test("whoever stops reading ends the call", async () => {
  let isClosed = false
  const model: Model = async function* () {
    try {
      yield { kind: "start", provider: "p", model: "m" }
      yield { kind: "reasoning", text: "hm" }
    } finally {
      isClosed = true
    }
  }
  for await (const event of through(model)(wanting(), new AbortController().signal)) {
    if (event.kind === "start") break
  }
  expect(isClosed).toBe(true)
})

test("over the wire: the second request carries the answer and its errors", async () => {
  const answer = (text: string) => [
    { type: "message_start", message: { id: "m", usage: { input_tokens: 5, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } },
    { type: "message_stop" },
  ]
  await using server = await scriptedServer((response, _, nth) =>
    sendEvents(response, answer(nth === 0 ? '{"n": "3"}' : '{"n": 3}')),
  )
  const provider = anthropicProvider({ name: "claude", kind: "anthropic", url: `${server.url}/v1` })
  const support = (request: ModelRequest) =>
    schemaSupport("anthropic", lookup("anthropic", request.model, { nowMs: 0 }), request)
  const model = structuredOutput({ support })(provider.model)
  const events = await eventsOf(model, wanting({ model: "claude-3-5-haiku-latest" }))
  expect(textIn(events)).toBe('{"n": 3}')
  expect(endIn(events).usage.inputTokens).toBe(10)
  expect(server.requests[0]?.body).not.toHaveProperty("output_config")
  expect(server.requests[1]?.body.messages).toHaveLength(3)
  await eventsOf(model, wanting({ model: "claude-opus-5-5" }))
  expect(server.requests[2]?.body.output_config.format.type).toBe("json_schema")
  await provider.close()
})

test("what supports schemas is told from the kind, the model and the tools", () => {
  const support = (kind: Parameters<typeof schemaSupport>[0], model: string, more: Partial<ModelRequest> = {}) =>
    schemaSupport(kind, lookup(kind, model, { nowMs: 0 }), asking("x", { model, ...more }))
  expect(support("openai", "gpt-5")).toBe("provider")
  expect(support("openai", "gpt-9-new")).toBe("provider")
  expect(support("openai", "gpt-4")).toBe("prompt")
  expect(support("anthropic", "claude-3-opus-latest")).toBe("prompt")
  const tools = [{ name: "t", parameters: {} }]
  expect(support("gemini", "gemini-2.5-pro")).toBe("provider")
  expect(support("gemini", "gemini-2.5-pro", { tools })).toBe("prompt")
  expect(support("gemini", "gemini-4-argon", { tools })).toBe("provider")
  expect(support("ollama", "qwen3:8b")).toBe("both")
})
