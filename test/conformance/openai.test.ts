import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type GatewayPlace, gatewayPlace } from "./gateway.testing.ts"

let place: GatewayPlace
beforeAll(async () => {
  place = await gatewayPlace((provider) => {
    provider.onToolResult("call_weather", { content: "It rains in Bern." })
    provider.onMessage("weather", {
      toolCalls: [{ id: "call_weather", name: "weather", arguments: { city: "Bern" } }],
    })
    provider.onMessage("think", { content: "Four.", reasoning: "Two and two." })
    provider.onMessage("as JSON", { content: { city: "Bern", rains: true } })
    provider.onMessage("what is in the picture", { content: "A duck." })
    provider.onMessage("too often", {
      error: { message: "Slow down.", type: "rate_limit_error", code: "rate_limit_exceeded" },
      status: 429,
      retryAfter: 7,
    })
    provider.onMessage("too long", {
      error: {
        message: "This model's maximum context length is 10 tokens.",
        type: "invalid_request_error",
        code: "context_length_exceeded",
      },
      status: 400,
    })
    provider.on({ model: "nobody" }, { error: { message: "No such model.", code: "model_not_found" }, status: 404 })
    provider.onEmbedding("duck", { embedding: [0.25, -0.5, 1] })
    provider.onMessage("for ever", { content: "and ".repeat(400) }, { latency: 5_000 })
    provider.onMessage("hello", { content: "Hi there, how are you?" })
  })
})
afterAll(() => place.close())

const model = "mock/scripted"
const user = (content: string) => [{ role: "user" as const, content }]
const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
}

describe("chat completions", () => {
  const tools = [{ type: "function" as const, function: { name: "weather", parameters: weather } }]

  test("an answer comes whole, with usage and a request id", async () => {
    const answer = await place.openAi.chat.completions.create({ model, messages: user("hello") })
    expect(answer.choices[0]).toMatchObject({ message: { content: "Hi there, how are you?" }, finish_reason: "stop" })
    expect(answer.usage?.total_tokens).toBeGreaterThan(0)
    expect(answer._request_id).toMatch(/^req_/)
  })

  test("an answer comes streamed, with its usage at the end", async () => {
    const stream = await place.openAi.chat.completions.create({
      model,
      messages: user("hello"),
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await Array.fromAsync(stream)
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")
    expect(text).toBe("Hi there, how are you?")
    expect(chunks.length).toBeGreaterThan(4)
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0)
  })

  test("a tool is called and its result answered, streamed and not", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = user("weather in Bern?")
    const whole = await place.openAi.chat.completions.create({ model, messages, tools })
    const streamed = await place.openAi.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      const [choice] = choices
      expect(choice?.finish_reason).toBe("tool_calls")
      const [call] = choice?.message.tool_calls ?? []
      if (!choice || call?.type !== "function") throw new Error("no call")
      expect(JSON.parse(call.function.arguments)).toEqual({ city: "Bern" })
      const result = { role: "tool" as const, tool_call_id: call.id, content: "rain" }
      const next = await place.openAi.chat.completions.create({
        model,
        messages: [...messages, choice.message, result],
        tools,
      })
      expect(next.choices[0]?.message.content).toBe("It rains in Bern.")
    }
  })

  test("an image goes to the provider as it was", async () => {
    const url = "data:image/png;base64,iVBORw0KGgo="
    const content = [
      { type: "text" as const, text: "what is in the picture" },
      { type: "image_url" as const, image_url: { url } },
    ]
    const answer = await place.openAi.chat.completions.create({ model, messages: [{ role: "user", content }] })
    expect(answer.choices[0]?.message.content).toBe("A duck.")
    expect(JSON.stringify(place.provider.getLastRequest()?.body)).toContain(url)
  })

  test("an answer follows a schema, and the client's parser takes it", async () => {
    const schema = { type: "object", properties: { city: { type: "string" }, rains: { type: "boolean" } } }
    const answer = await place.openAi.chat.completions.parse({
      model,
      messages: user("as JSON"),
      response_format: { type: "json_schema", json_schema: { name: "weather", schema, strict: false } },
    })
    expect(answer.choices[0]?.message.parsed ?? JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({
      city: "Bern",
      rains: true,
    })
  })

  test("reasoning comes in the field that open servers use", async () => {
    const answer = await place.openAi.chat.completions.create({ model, messages: user("think") })
    expect(answer.choices[0]?.message).toMatchObject({ content: "Four.", reasoning_content: "Two and two." })
  })
})

describe("responses", () => {
  const tools = [{ type: "function" as const, name: "weather", parameters: weather, strict: true }]

  test("an answer comes whole", async () => {
    const answer = await place.openAi.responses.create({ model, input: "hello", store: false })
    expect(answer.output_text).toBe("Hi there, how are you?")
    expect(answer.status).toBe("completed")
    expect(answer.usage?.total_tokens).toBeGreaterThan(0)
  })

  test("an answer comes streamed, and the client's helper puts the same together", async () => {
    const stream = place.openAi.responses.stream({ model, input: "hello", store: false })
    let text = ""
    stream.on("response.output_text.delta", ({ delta }) => {
      text += delta
    })
    const final = await stream.finalResponse()
    expect(text).toBe("Hi there, how are you?")
    expect(final.output_text).toBe(text)
  })

  test("a tool is called and its result answered, streamed and not", async () => {
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "weather in Bern?" }]
    const whole = await place.openAi.responses.create({ model, input, tools, store: false })
    const streamed = await place.openAi.responses.stream({ model, input, tools, store: false }).finalResponse()
    const outputs: OpenAI.Responses.ResponseOutputItem[][] = [whole.output, streamed.output]
    for (const output of outputs) {
      const call = output.find((item) => item.type === "function_call")
      if (!call) throw new Error("no call")
      expect(JSON.parse(call.arguments)).toEqual({ city: "Bern" })
      const result = { type: "function_call_output" as const, call_id: call.call_id, output: "rain" }
      const next = await place.openAi.responses.create({ model, input: [...input, call, result], tools, store: false })
      expect(next.output_text).toBe("It rains in Bern.")
    }
  })

  test("reasoning is an item of its own", async () => {
    const answer = await place.openAi.responses.create({ model, input: "think", store: false })
    expect(answer.output).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "Two and two." }] },
      { type: "message" },
    ])
  })

  test("an answer that counts on what was kept is refused with the way to do it", async () => {
    const asked = place.openAi.responses.create({ model, input: "and?", previous_response_id: "resp_1" })
    await expect(asked).rejects.toMatchObject({
      status: 400,
      param: "previous_response_id",
      message: expect.stringContaining("store: false"),
    })
  })
})

describe("embeddings and models", () => {
  test("a text gets its vector", async () => {
    const { data, model: named } = await place.openAi.embeddings.create({ model: "mock/embed", input: ["duck"] })
    expect(data[0]?.embedding).toEqual([0.25, -0.5, 1])
    expect(named).toBe("mock/embed")
  })

  test("models are listed by the names they are asked by", async () => {
    const models = await Array.fromAsync(place.openAi.models.list())
    expect(models.length).toBeGreaterThan(0)
    const [first] = models
    expect(first?.id).toMatch(/^mock\//)
    expect((await place.openAi.models.retrieve(first?.id ?? "")).id).toBe(first?.id)
  })
})

describe("errors", () => {
  const ask = (content: string, more: object = {}) =>
    place.openAi.chat.completions.create({ model, messages: user(content), ...more })

  test("a wrong key", async () => {
    const stranger = new OpenAI({ apiKey: "duck_wrong", baseURL: `${place.server.url}/v1`, maxRetries: 0 })
    const asked = stranger.chat.completions.create({ model, messages: user("hello") })
    await expect(asked).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  })

  test("an unknown model", async () => {
    await expect(ask("hello", { model: "mock/nobody" })).rejects.toMatchObject({ status: 404, code: "model_not_found" })
  })

  test.each([false, true])("a limit of the provider says when to come again (streamed: %s)", async (stream) => {
    const error = await ask("too often", { stream }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof OpenAI.RateLimitError)) throw error
    expect(error.code).toBe("rate_limit_exceeded")
    expect(error.headers.get("retry-after")).toBe("7")
  })

  test("a prompt that is too long", async () => {
    await expect(ask("too long")).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" })
    const responses = place.openAi.responses.create({ model, input: "too long", stream: true })
    await expect(responses).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" })
  })

  test("a request that is not valid names its field", async () => {
    await expect(ask("hello", { temperature: "hot" })).rejects.toMatchObject({ status: 400, param: "temperature" })
  })
})

test("a stream that the client leaves ends the call", async () => {
  const stream = await place.openAi.chat.completions.create({ model, messages: user("for ever"), stream: true })
  for await (const _ of stream) break
  const running = async () => {
    const { output } = await place.server.call("status")
    return (output as { runningCalls: number }).runningCalls
  }
  while ((await running()) > 0) await new Promise((resolve) => setImmediate(resolve))
})
