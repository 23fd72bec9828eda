import Anthropic from "@anthropic-ai/sdk"
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
    provider.onMessage("as JSON", { content: { city: "Bern" } })
    provider.onMessage("what is in the picture", { content: "A duck." })
    provider.onMessage("too often", {
      error: { message: "Slow down.", type: "rate_limit_error" },
      status: 429,
      retryAfter: 7,
    })
    provider.onMessage("too long", {
      error: { message: "Maximum context length is 10 tokens.", code: "context_length_exceeded" },
      status: 400,
    })
    provider.onMessage("too busy", { error: { message: "Overloaded." }, status: 503 })
    provider.on({ model: "nobody" }, { error: { message: "No such model.", code: "model_not_found" }, status: 404 })
    provider.onMessage("hello", { content: "Hi there, how are you?" })
  })
})
afterAll(() => place.close())

const model = "mock/scripted"
const asked = (content: string) => ({ model, max_tokens: 1000, messages: [{ role: "user" as const, content }] })
const tools = [
  {
    name: "weather",
    description: "The weather somewhere.",
    input_schema: { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] },
  },
]

describe("messages", () => {
  test("an answer comes whole, with usage and a request id", async () => {
    const message = await place.anthropic.messages.create({ ...asked("hello"), system: "Be brief." })
    expect(message.content).toMatchObject([{ type: "text", text: "Hi there, how are you?" }])
    expect(message.stop_reason).toBe("end_turn")
    expect(message.usage.output_tokens).toBeGreaterThan(0)
    expect(message._request_id).toMatch(/^req_/)
  })

  test("an answer comes streamed, and the client's helper puts the same together", async () => {
    const stream = place.anthropic.messages.stream(asked("hello"))
    let text = ""
    let pieces = 0
    stream.on("text", (piece) => {
      text += piece
      pieces += 1
    })
    const message = await stream.finalMessage()
    expect(text).toBe("Hi there, how are you?")
    expect(pieces).toBeGreaterThan(2)
    expect(message.content).toMatchObject([{ type: "text", text }])
    expect(message.usage.input_tokens).toBeGreaterThan(0)
  })

  test("a tool is called and its result answered, streamed and not", async () => {
    const request = { ...asked("weather in Bern?"), tools }
    const whole = await place.anthropic.messages.create(request)
    const streamed = await place.anthropic.messages.stream(request).finalMessage()
    for (const message of [whole, streamed]) {
      expect(message.stop_reason).toBe("tool_use")
      const call = message.content.find((block) => block.type === "tool_use")
      if (!call) throw new Error("no call")
      expect(call.input).toEqual({ city: "Bern" })
      const next = await place.anthropic.messages.create({
        ...request,
        messages: [
          ...request.messages,
          { role: "assistant", content: message.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }] },
        ],
      })
      expect(next.content).toMatchObject([{ type: "text", text: "It rains in Bern." }])
    }
  })

  test("an image goes to the provider", async () => {
    const data = "iVBORw0KGgo="
    const message = await place.anthropic.messages.create({
      ...asked(""),
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data } },
            { type: "text", text: "what is in the picture" },
          ],
        },
      ],
    })
    expect(message.content).toMatchObject([{ text: "A duck." }])
    expect(JSON.stringify(place.provider.getLastRequest()?.body)).toContain(data)
  })

  test("thinking is a block of its own", async () => {
    for (const message of [
      await place.anthropic.messages.create(asked("think")),
      await place.anthropic.messages.stream(asked("think")).finalMessage(),
    ]) {
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "Two and two." },
        { type: "text", text: "Four." },
      ])
    }
  })

  test("an answer follows a schema", async () => {
    const schema = { type: "object", properties: { city: { type: "string" } } }
    const message = await place.anthropic.messages.create({
      ...asked("as JSON"),
      output_config: { format: { type: "json_schema", schema } },
    })
    const [block] = message.content
    expect(block?.type === "text" && JSON.parse(block.text)).toEqual({ city: "Bern" })
  })

  test("tokens are counted before they are spent", async () => {
    const { max_tokens: _, ...prompt } = asked("hello")
    const short = await place.anthropic.messages.countTokens(prompt)
    const long = await place.anthropic.messages.countTokens({ ...prompt, system: "word ".repeat(100), tools })
    expect(short.input_tokens).toBeGreaterThan(0)
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 100)
  })
})

test("models are listed by the names they are asked by", async () => {
  const models = await Array.fromAsync(place.anthropic.models.list())
  const [first] = models
  expect(first).toMatchObject({ type: "model", id: expect.stringMatching(/^mock\//) })
  expect((await place.anthropic.models.retrieve(first?.id ?? "")).id).toBe(first?.id)
})

describe("errors", () => {
  test("a wrong key", async () => {
    const stranger = new Anthropic({ apiKey: "duck_wrong", baseURL: place.server.url, maxRetries: 0 })
    await expect(stranger.messages.create(asked("hello"))).rejects.toBeInstanceOf(Anthropic.AuthenticationError)
  })

  test("an unknown model", async () => {
    const unknown = place.anthropic.messages.create({ ...asked("hello"), model: "mock/nobody" })
    await expect(unknown).rejects.toMatchObject({ status: 404, type: "not_found_error" })
  })

  test.each([false, true])("a limit of the provider says when to come again (streamed: %s)", async (stream) => {
    const error = await place.anthropic.messages.create({ ...asked("too often"), stream }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof Anthropic.RateLimitError)) throw error
    expect(error.type).toBe("rate_limit_error")
    expect(error.headers.get("retry-after")).toBe("7")
  })

  test("a prompt that is too long is told in the words that agents look for", async () => {
    await expect(place.anthropic.messages.create(asked("too long"))).rejects.toMatchObject({
      status: 400,
      type: "invalid_request_error",
      message: expect.stringContaining("prompt is too long"),
    })
  })

  test("a provider that is overloaded", async () => {
    const busy = place.anthropic.messages.create(asked("too busy"))
    await expect(busy).rejects.toMatchObject({ status: 529, type: "overloaded_error" })
  })

  test("a request that is not valid names its field", async () => {
    const wrong = place.anthropic.messages.create({ ...asked("hello"), max_tokens: 0 })
    await expect(wrong).rejects.toMatchObject({ status: 400, message: expect.stringContaining("max_tokens") })
  })
})
