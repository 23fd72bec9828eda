import { afterEach, beforeEach, expect, test } from "vitest"
import { type GatewayPlace, gatewayPlace } from "./gateway.testing.ts"

// A place for each test: a provider that breaks off a few times is not asked any more.
let place: GatewayPlace
beforeEach(async () => {
  place = await gatewayPlace((provider) => {
    const half = { content: "Half of an answer that never ends." }
    // Also where the server asks for the rest of it.
    provider.on({ predicate: () => true }, half, { latency: 20, truncateAfterChunks: 4 })
  })
})
afterEach(() => place.close())

const model = "mock/scripted"
const messages = [{ role: "user" as const, content: "hello" }]

test("an answer that breaks off is an error after its first words: chat completions", async () => {
  const stream = await place.openAi.chat.completions.create({ model, messages, stream: true })
  let heard = ""
  const read = async () => {
    for await (const { choices } of stream) heard += choices[0]?.delta.content ?? ""
  }
  await expect(read()).rejects.toMatchObject({ code: "model_stream_broken" })
  expect(heard).toMatch(/^Half/)
})

test("an answer that breaks off is an error after its first words: responses", async () => {
  const stream = await place.openAi.responses.create({ model, input: "hello", store: false, stream: true })
  const events = await Array.fromAsync(stream)
  expect(events.some((event) => event.type === "response.output_text.delta")).toBe(true)
  expect(events.at(-1)).toMatchObject({
    type: "response.failed",
    response: { status: "failed", error: { code: "model_stream_broken" } },
  })
})

test("an answer that breaks off is an error after its first words: messages", async () => {
  const stream = place.anthropic.messages.stream({ model, messages, max_tokens: 100 })
  let heard = ""
  stream.on("text", (piece) => {
    heard += piece
  })
  await expect(stream.finalMessage()).rejects.toMatchObject({ type: "api_error" })
  expect(heard).toMatch(/^Half/)
})

test("an answer that breaks off and was not streamed is an error with a status", async () => {
  const whole = place.openAi.chat.completions.create({ model, messages })
  await expect(whole).rejects.toMatchObject({ status: 502, code: "model_stream_broken" })
})
