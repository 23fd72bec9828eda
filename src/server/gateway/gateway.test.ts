import { once } from "node:events"
import { connect } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import { ModelError } from "../../models/errors.ts"
import type { Model, ModelEvent } from "../../models/model.ts"
import type { Models } from "../../models/models.ts"
import { saying, scripted, text } from "../../models/scripted.testing.ts"
import { ended, type GatewayUnderTest, gatewayOver, modelsOf, noModel, sentEvents, started } from "./gateway.testing.ts"

const open: GatewayUnderTest[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function over(call: Model, more: Partial<Models> = {}, heartbeatMs?: number): Promise<GatewayUnderTest> {
  const one = await gatewayOver(modelsOf(call, more), heartbeatMs)
  open.push(one)
  return one
}

const hi = [{ role: "user", content: "hi" }]
const ask = (more: object = {}) => ({ model: "p/m", messages: hi, ...more })
const failing = (fault: ConstructorParameters<typeof ModelError>[0]) => scripted([new ModelError(fault)]).model

describe("the door", () => {
  test("the token is taken as a bearer and as an API key", async () => {
    const { url, post } = await over(scripted(saying("hello")).model)
    expect((await post("/v1/chat/completions", ask())).status).toBe(200)
    const asKey = { method: "POST", headers: { "x-api-key": "duck_test" }, body: JSON.stringify(ask()) }
    expect((await fetch(`${url}/v1/messages`, asKey)).status).toBe(200)
  })

  test("a wrong token is an error in each dialect's own shape, and is reported", async () => {
    const { post, refused } = await over(scripted(saying("hello")).model)
    const wrong = { authorization: "Bearer duck_wrong" }
    const openAi = await post("/v1/chat/completions", ask(), wrong)
    expect(openAi.status).toBe(401)
    expect(await openAi.json()).toMatchObject({
      error: { type: "authentication_error", code: "invalid_api_key", param: null },
    })
    const anthropic = await post("/v1/messages", ask(), wrong)
    expect(anthropic.status).toBe(401)
    expect(await anthropic.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } })
    expect(refused).toEqual(["UNAUTHORIZED", "UNAUTHORIZED"])
  })

  test("another method is refused with the one that is taken", async () => {
    const { get } = await over(scripted(saying("x")).model)
    const answer = await get("/v1/chat/completions")
    expect(answer.status).toBe(405)
    expect(JSON.stringify(await answer.json())).toContain("POST")
  })

  test("every answer has a request id, in the header that the dialect's client reads", async () => {
    const { post } = await over(scripted(saying("x")).model)
    expect((await post("/v1/chat/completions", ask())).headers.get("x-request-id")).toMatch(/^req_/)
    const failed = await post("/v1/messages", {})
    const id = failed.headers.get("request-id")
    expect(id).toMatch(/^req_/)
    expect(await failed.json()).toMatchObject({ request_id: id })
  })
})

describe("for whom", () => {
  test("a call is booked to the actor, with the session and project that the headers name", async () => {
    const { model, requests } = scripted(saying("x"))
    const { post } = await over(model)
    const headers = { "x-duck-session": "s1", "x-duck-project": encodeURIComponent("/home/ada/ente ü") }
    await post("/v1/chat/completions", ask(), headers)
    expect(requests[0]?.attribution).toEqual({
      user: "ada",
      command: "gateway",
      session: "s1",
      project: "/home/ada/ente ü",
    })
  })

  test.each([
    ["x-duck-session", "s".repeat(201)],
    ["x-duck-project", "%ff"],
  ])("a header %s that can't be meant is refused by name", async (name, value) => {
    const { post } = await over(scripted(saying("x")).model)
    const answer = await post("/v1/chat/completions", ask(), { [name]: value })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { param: name } })
  })
})

describe("bad requests", () => {
  test.each([
    ["/v1/chat/completions", "{", 400],
    ["/v1/chat/completions", "", 400],
    ["/v1/messages", "[]", 400],
    ["/v1/responses", "null", 400],
    ["/v1/embeddings", "{}", 400],
  ])("%s with the body %j is a clear error", async (path, body, status) => {
    const { post } = await over(scripted(saying("x")).model)
    const answer = await post(path, body)
    expect(answer.status).toBe(status)
    const said = (await answer.json()) as { error: { message: string } }
    expect(said.error.message).toMatch(/JSON|expected/i)
  })

  test("a body that is too large is refused before it is read", async () => {
    const { post } = await over(scripted(saying("x")).model)
    const answer = await post("/v1/messages", ask({ padding: "x".repeat(33 * 1_048_576) })).catch(() => undefined)
    // The connection may be closed while the client still sends: then fetch has no answer to give.
    if (answer) {
      expect(answer.status).toBe(413)
      expect(await answer.json()).toMatchObject({ error: { type: "request_too_large" } })
    }
    const after = await post("/v1/messages", ask())
    expect(after.status).toBe(200)
  })
})

describe("faults", () => {
  test("without a model the error says so in the dialect, and that trying again is of no use", async () => {
    const { post } = await over(() => failNow(noModel()))
    for (const isStream of [false, true]) {
      const openAi = await post("/v1/responses", { input: "hi", stream: isStream })
      expect(openAi.status).toBe(503)
      expect(openAi.headers.get("x-should-retry")).toBe("false")
      expect(await openAi.json()).toMatchObject({ error: { code: "no_model", type: "server_error" } })
    }
    const anthropic = await post("/v1/messages", ask())
    expect(await anthropic.json()).toMatchObject({
      type: "error",
      error: { message: expect.stringContaining("duck llm connect") },
    })
  })

  test("a limit says when to come again", async () => {
    const { post } = await over(failing({ fault: "MODEL_RATE_LIMITED", message: "Slow down.", retryAfterMs: 1500 }))
    const answer = await post("/v1/chat/completions", ask({ stream: true }))
    expect(answer.status).toBe(429)
    expect(answer.headers.get("retry-after")).toBe("2")
    expect(answer.headers.get("retry-after-ms")).toBe("1500")
    expect(await answer.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limit_exceeded" } })
  })

  test("a provider that refuses our key is not taken for the client's own", async () => {
    const { post } = await over(failing({ fault: "MODEL_UNAUTHORIZED", message: "p refuses the key." }))
    expect((await post("/v1/chat/completions", ask())).status).toBe(403)
  })

  test("a prompt that is too long is told in the words that agents look for", async () => {
    const { post } = await over(failing({ fault: "CONTEXT_TOO_LONG", message: "9000 tokens are too many." }))
    const openAi = await post("/v1/chat/completions", ask())
    expect(await openAi.json()).toMatchObject({ error: { code: "context_length_exceeded" } })
    const anthropic = await post("/v1/messages", ask())
    expect(anthropic.status).toBe(400)
    expect(await anthropic.json()).toMatchObject({
      error: { type: "invalid_request_error", message: expect.stringContaining("prompt is too long") },
    })
  })

  test("an overloaded provider is 529 for Anthropic's clients", async () => {
    const { post } = await over(failing({ fault: "MODEL_OVERLOADED", message: "busy" }))
    const answer = await post("/v1/messages", ask())
    expect(answer.status).toBe(529)
    expect(await answer.json()).toMatchObject({ error: { type: "overloaded_error" } })
  })

  test("what fails after the first words is an error in the stream, and those words stay", async () => {
    const broken = new ModelError({ fault: "MODEL_STREAM_BROKEN", message: "It broke." })
    const { post } = await over(scripted([started, text("some "), () => tick(), broken]).model)
    const chat = sentEvents(await (await post("/v1/chat/completions", ask({ stream: true }))).text())
    expect(JSON.stringify(chat)).toContain("some ")
    expect(chat.at(-1)?.data).toMatchObject({ error: { code: "model_stream_broken" } })
    const messages = sentEvents(await (await post("/v1/messages", ask({ stream: true }))).text())
    expect(messages.at(-1)).toMatchObject({ event: "error", data: { type: "error", error: { type: "api_error" } } })
    const responses = sentEvents(await (await post("/v1/responses", { input: "hi", stream: true })).text())
    expect(responses.at(-1)).toMatchObject({
      event: "response.failed",
      data: { response: { status: "failed", error: { code: "model_stream_broken" } } },
    })
  })

  test("a model that stops without an end is an error, streamed or not", async () => {
    const { post } = await over(scripted([started, text("half")]).model)
    expect((await post("/v1/chat/completions", ask())).status).toBe(502)
    const events = sentEvents(await (await post("/v1/chat/completions", ask({ stream: true }))).text())
    expect(events.at(-1)?.data).toMatchObject({ error: { code: "model_stream_broken" } })
  })
})

describe("streams", () => {
  test.each(["/v1/chat/completions", "/v1/messages"])("a client of %s that goes away ends the call", async (path) => {
    for (const isStream of [true, false]) {
      const ending = Promise.withResolvers<void>()
      const began = Promise.withResolvers<void>()
      const { post } = await over((_, signal) => endless(signal, began.resolve, ending.resolve))
      const leave = new AbortController()
      const gone = post(path, ask({ stream: isStream }), {}, leave.signal).then((answer) => answer.text())
      gone.catch(() => {})
      await began.promise
      leave.abort()
      await ending.promise
      await expect(gone).rejects.toThrow()
    }
  })

  test("a client that does not read stops the model from being read", async () => {
    let given = 0
    const words = "word ".repeat(200)
    const { url } = await over(async function* () {
      yield started
      for (; given < 200_000; given++) {
        yield text(words)
        if (given % 64 === 0) await tick()
      }
      yield ended()
    })
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    await once(socket, "connect")
    socket.pause()
    const body = JSON.stringify(ask({ stream: true }))
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${new URL(url).host}\r\nauthorization: Bearer duck_test\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    )
    // It stands still when nothing more was taken for many turns of the event loop.
    let stillFor = 0
    for (let last = -1; stillFor < 2_000; last = given) {
      stillFor = given > 0 && given === last ? stillFor + 1 : 0
      await tick()
    }
    // What the kernel's buffers of a connection hold is some megabytes; the rest of 200 MB was never asked for.
    expect(given).toBeLessThan(50_000)
    socket.destroy()
  })

  test("words that come together leave together", async () => {
    const pieces = Array.from({ length: 50 }, (_, n) => text(`${n} `))
    const { url } = await over(scripted([started, () => tick(), ...pieces, () => tick(), ended()]).model)
    const chunks: string[] = []
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer duck_test" },
      body: JSON.stringify(ask({ stream: true })),
    })
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) chunks.push(chunk)
    expect(sentEvents(chunks.join("")).length).toBeGreaterThan(50)
    expect(chunks.length).toBeLessThan(10)
  })

  test("a client that waits long hears that it is still worked on", async () => {
    const heard = Promise.withResolvers<void>()
    const { post } = await over(scripted([() => heard.promise, ...saying("at last")]).model, {}, 1)
    const answer = await post("/v1/chat/completions", ask({ stream: true }))
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = await reader?.read()
    expect(first?.value).toMatch(/^: /)
    heard.resolve()
    let rest = ""
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) rest += part.value
    expect(rest).toContain("at last")
  })
})

describe("models", () => {
  const nobody = scripted(saying("x")).model

  test("the list has every provider's models, the default first, in both dialects", async () => {
    const { get } = await over(nobody)
    expect(await (await get("/v1/models")).json()).toEqual({
      object: "list",
      data: [
        { id: "p/m", object: "model", created: 0, owned_by: "p" },
        { id: "p/small", object: "model", created: 0, owned_by: "p" },
      ],
    })
    const anthropic = await get("/v1/models?limit=20", { "anthropic-version": "2023-06-01" })
    expect(await anthropic.json()).toMatchObject({
      data: [{ type: "model", id: "p/m", max_input_tokens: 1000 }, { id: "p/small" }],
      has_more: false,
      first_id: "p/m",
    })
  })

  test.each(["p/m", "p%2Fm", "m"])("one model is found as %s", async (name) => {
    const { get } = await over(nobody)
    expect(await (await get(`/v1/models/${name}`)).json()).toMatchObject({ id: "p/m" })
  })

  test.each([
    ["nothing", 404],
    ["%ff", 400],
  ])("the model %s is an error of the dialect", async (name, status) => {
    const { get } = await over(nobody)
    const openAi = await get(`/v1/models/${name}`)
    expect(openAi.status).toBe(status)
    expect(await openAi.json()).toMatchObject({ error: { type: "invalid_request_error" } })
    const anthropic = await get(`/v1/models/${name}`, { "anthropic-version": "2023-06-01" })
    expect(await anthropic.json()).toMatchObject({ type: "error" })
  })

  test("tokens are counted for the prompt as it would be asked", async () => {
    const { post } = await over(nobody)
    const count = async (content: string) => {
      const answer = await post("/v1/messages/count_tokens", { model: "gpt-5", messages: [{ role: "user", content }] })
      return ((await answer.json()) as { input_tokens: number }).input_tokens
    }
    const short = await count("hello")
    expect(short).toBeGreaterThan(0)
    expect(await count("hello hello hello hello")).toBe(short + 3)
  })
})

describe("embeddings", () => {
  const embedding = (asked: string[][]): Partial<Models> => ({
    embed: (request) => {
      asked.push([...request.texts])
      const vectors = request.texts.map((_, n) => Float32Array.of(n, 0.5))
      return Promise.resolve({ provider: "p", model: "e", vectors, inputTokens: 7 })
    },
  })

  test("each text gets its vector, as numbers or as base64", async () => {
    const asked: string[][] = []
    const { post } = await over(scripted(saying("x")).model, embedding(asked))
    const plain = await post("/v1/embeddings", { model: "p/e", input: ["a", "b"] })
    expect(await plain.json()).toEqual({
      object: "list",
      model: "p/e",
      data: [
        { object: "embedding", index: 0, embedding: [0, 0.5] },
        { object: "embedding", index: 1, embedding: [1, 0.5] },
      ],
      usage: { prompt_tokens: 7, total_tokens: 7 },
    })
    const packed = await post("/v1/embeddings", { model: "p/e", input: "a", encoding_format: "base64" })
    const { data } = (await packed.json()) as { data: { embedding: string }[] }
    expect(Buffer.from(data[0]?.embedding ?? "", "base64")).toEqual(Buffer.from(Float32Array.of(0, 0.5).buffer))
    expect(asked).toEqual([["a", "b"], ["a"]])
  })

  test("tokens in the place of texts are refused with the reason", async () => {
    const { post } = await over(scripted(saying("x")).model, embedding([]))
    const answer = await post("/v1/embeddings", { model: "p/e", input: [[1, 2, 3]] })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      error: { message: expect.stringContaining("vocabulary"), param: "input.0" },
    })
  })
})

const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

// biome-ignore lint/correctness/useYield: it fails before it has anything to give
async function* failNow(error: Error): AsyncGenerator<ModelEvent> {
  throw error
}

/** Begins, and then waits until its signal fires. */
async function* endless(signal: AbortSignal, onBegin: () => void, onEnd: () => void): AsyncGenerator<ModelEvent> {
  yield started
  yield text("and ")
  onBegin()
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
  onEnd()
  throw signal.reason
}
