import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import type { Message, ModelEvent, ModelRequest } from "../model.ts"
import type { Models } from "../models.ts"
import { scriptedServer } from "../wire/scripted-server.testing.ts"
import { modelsWith, scripted } from "./coordinator.testing.ts"

const say = (text: string): Message => ({ role: "user", parts: [{ kind: "text", text }] })
const asking = (model = "", more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  messages: [say("hello")],
  attribution: { user: "ada", command: "ask" },
  ...more,
})
const never = new AbortController().signal

async function asked(models: Models, request: ModelRequest = asking()) {
  const events: ModelEvent[] = []
  for await (const event of models.call(request, never)) events.push(event)
  const start = events.find((event) => event.kind === "start")
  const end = events.find((event) => event.kind === "end")
  return {
    from: `${start?.provider}/${start?.model}`,
    text: events.map((event) => (event.kind === "text" ? event.text : "")).join(""),
    end,
  }
}
const answering = (content: string) => scripted((mock) => mock.onMessage(/.*/, { content }))
const chat = (url: string, more: object = {}) => ({ kind: "openai-chat", url: `${url}/v1`, model: "m", ...more })

test("without anything configured there is no model, and the error says what to do", async () => {
  const { models } = await modelsWith()
  expect(models.hasModel()).toBe(false)
  await expect(asked(models)).rejects.toMatchObject({
    code: "NO_MODEL",
    hint: expect.stringContaining("duck llm connect"),
  })
  expect(await models.status()).toMatchObject({ defaultModel: { value: null }, providers: [] })
})

test("a provider exists when its variable is set, and is asked with its key", async () => {
  const mock = await answering("From Claude")
  const env = { ANTHROPIC_API_KEY: "sk-ant-secret-1", ANTHROPIC_BASE_URL: mock.url }
  const { models } = await modelsWith({ env })
  expect(models.hasModel()).toBe(true)
  expect(await asked(models)).toMatchObject({ from: "anthropic/claude-sonnet-5-5", text: "From Claude" })
  expect(JSON.stringify(mock.getRequests()[0]?.headers)).toContain("x-api-key")
  const { providers } = await models.status()
  expect(providers).toMatchObject([
    {
      name: "anthropic",
      key: { value: "set", source: "environment ANTHROPIC_API_KEY" },
      url: { value: `${mock.url}/v1`, source: "environment ANTHROPIC_BASE_URL" },
    },
  ])
})

test("names mean: nothing the first provider, an alias its model, a provider its own model, a bare name its one provider", async () => {
  const one = await answering("one")
  const two = await answering("two")
  const { models } = await modelsWith({
    settings: {
      providers: { one: chat(one.url), two: chat(two.url, { model: "big" }) },
      aliases: { clever: "two/huge", fast: "clever" },
    },
  })
  expect((await asked(models)).from).toBe("one/m")
  expect((await asked(models, asking("two"))).from).toBe("two/big")
  expect((await asked(models, asking("big"))).from).toBe("two/big")
  expect((await asked(models, asking("fast"))).from).toBe("two/huge")
  expect((await asked(models, asking("one/org/name"))).from).toBe("one/org/name")
})

test("an unknown name is met with what was probably meant", async () => {
  const mock = await answering("one")
  const providers = { one: chat(mock.url), two: chat(mock.url, { model: "gigantic" }) }
  const { models } = await modelsWith({ settings: { providers, aliases: { a: "b", b: "a" } } })
  await expect(asked(models, asking("gigantc"))).rejects.toMatchObject({
    code: "MODEL_UNKNOWN",
    hint: expect.stringContaining("gigantic"),
  })
  await expect(asked(models, asking("a"))).rejects.toMatchObject({ message: expect.stringContaining("ring") })
})

test("`only` asks the named model and no other", async () => {
  const broken = await scripted((mock) =>
    mock.onMessage(/.*/, { error: { message: "down", type: "server_error" }, status: 500 }),
  )
  const sound = await answering("still here")
  const providers = { broken: chat(broken.url), sound: chat(sound.url) }
  const { models } = await modelsWith({ settings: { providers, failover: ["sound"], retry: { attempts: 1 } } })
  await expect(Array.fromAsync(models.only(asking(), never))).rejects.toMatchObject({ code: "MODEL_FAILED" })
  expect(sound.getRequests()).toHaveLength(0)
})

test("a model that fails hands over to the failover list", async () => {
  const broken = await scripted((mock) =>
    mock.onMessage(/.*/, { error: { message: "down", type: "server_error" }, status: 500 }),
  )
  const sound = await answering("still here")
  const { models } = await modelsWith({
    settings: {
      providers: { broken: chat(broken.url), sound: chat(sound.url) },
      failover: ["sound", "nonsense/else"],
      retry: { attempts: 1 },
    },
  })
  expect(await asked(models)).toMatchObject({ from: "sound/m", text: "still here" })
})

test("a failover model whose provider is down costs nothing while it is not needed", async () => {
  const sound = await answering("here")
  await using far = await scriptedServer((response) => response.destroy())
  const { models } = await modelsWith({
    settings: {
      providers: { sound: chat(sound.url), far: chat(far.url, { model: undefined }) },
      failover: ["far", "elsewhere"],
    },
  })
  expect((await asked(models)).text).toBe("here")
  expect(far.requests).toEqual([])
})

test("where the wanted provider can't even say what it has, the failover list takes over", async () => {
  const sound = await answering("here")
  const { models } = await modelsWith({
    settings: {
      providers: { down: chat("http://127.0.0.1:9", { model: undefined }), sound: chat(sound.url) },
      failover: ["sound"],
    },
  })
  expect((await asked(models)).from).toBe("sound/m")
  expect(await models.usage({ by: "model" })).toMatchObject([{ name: "sound/m", calls: 1 }])
  await expect(asked(models, asking("down/x/"))).resolves.toMatchObject({ from: "sound/m" })
})

test("a changed settings file holds for the next call, and a running answer goes on", async () => {
  const slow = await scripted((mock) =>
    mock.onMessage(/.*/, { content: "a b c d e f g h" }, { chunkSize: 2, latency: 20 }),
  )
  const other = await answering("other")
  const { models, set } = await modelsWith({ settings: { providers: { slow: chat(slow.url) } } })
  const running = models.call(asking(), never)[Symbol.asyncIterator]()
  await running.next()
  set({ providers: { other: chat(other.url) } })
  expect((await asked(models)).from).toBe("other/m")
  let text = ""
  for (let next = await running.next(); !next.done; next = await running.next())
    if (next.value.kind === "text") text += next.value.text
  expect(text).toBe("a b c d e f g h")
  set({})
  expect(models.hasModel()).toBe(false)
})

test("a project chooses among your models, and says where that stands", async () => {
  const mock = await answering("ok")
  const { models, home } = await modelsWith({ settings: { providers: { one: chat(mock.url) } } })
  const project = join(home, "project")
  mkdirSync(join(project, ".duck"), { recursive: true })
  writeFileSync(join(project, ".duck", "config.json"), JSON.stringify({ llm: { model: "one/of-the-project" } }))
  const attribution = { user: "ada", project }
  expect((await asked(models, asking("", { attribution }))).from).toBe("one/of-the-project")
  expect((await models.status(project)).defaultModel).toEqual({
    value: "one/of-the-project",
    source: expect.stringContaining("project"),
  })
})

test("every call is booked with its tokens and cost, and budgets hold", async () => {
  const mock = await scripted((m) =>
    m.onMessage(/.*/, { content: "ok", usage: { prompt_tokens: 1_000, completion_tokens: 100 } }),
  )
  const price = { inputUsd: 10, outputUsd: 100 }
  const { models, set } = await modelsWith({
    settings: { providers: { one: chat(mock.url, { isLocal: false }) }, catalogue: { m: { price } } },
  })
  expect((await asked(models)).end?.costUsd).toBeCloseTo(0.02)
  expect(await models.usage({ by: "model" })).toMatchObject([
    { name: "one/m", calls: 1, inputTokens: 1_000, outputTokens: 100, costUsd: 0.02, unpricedCalls: 0 },
  ])
  set({
    providers: { one: chat(mock.url, { isLocal: false }) },
    catalogue: { m: { price } },
    budgets: { user: { hardUsd: 0.025 } },
  })
  await expect(asked(models, asking("", { maxOutputTokens: 100 }))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" })
  expect(mock.getRequests()).toHaveLength(1)
  expect((await asked(models, asking("", { maxOutputTokens: 10 }))).text).toBe("ok")
  expect((await models.status()).budgets).toMatchObject([{ who: "ada", spentUsd: 0.04, state: "exhausted" }])
})

test("what is not priced is booked as unknown, what is local as free", async () => {
  const mock = await answering("ok")
  const providers = { far: chat(mock.url, { isLocal: false }), near: chat(mock.url) }
  const { models } = await modelsWith({ settings: { providers } })
  expect((await asked(models, asking("far"))).end?.costUsd).toBeNull()
  expect((await asked(models, asking("near"))).end?.costUsd).toBe(0)
  const rows = await models.usage({ by: "model" })
  expect(rows.map(({ name, unpricedCalls }) => [name, unpricedCalls])).toContainEqual(["far/m", 1])
})

test("a stored key is used, and a new one with the next call", async () => {
  await using vendor = await scriptedServer((response) => {
    response.writeHead(401, { "content-type": "application/json" })
    response.end('{"error":{"message":"no"}}')
  })
  const { models, secrets } = await modelsWith({ settings: { providers: { one: chat(vendor.url) } } })
  for (const key of ["sk-first", "sk-second"]) {
    secrets.set("provider.one", key)
    await expect(asked(models)).rejects.toMatchObject({ code: "MODEL_UNAUTHORIZED" })
  }
  expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer sk-first", "Bearer sk-second"])
  expect((await models.status()).providers[0]?.key).toEqual({ value: "set", source: "secrets" })
})

test("listing says what is known of each model, and of a provider that is down why", async () => {
  const mock = await answering("ok")
  const { models } = await modelsWith({
    settings: { providers: { one: chat(mock.url), down: chat("http://127.0.0.1:9") }, retry: { attempts: 1 } },
  })
  const [one, down] = await models.list({ signal: never })
  expect(one?.models.length).toBeGreaterThan(0)
  expect(down).toMatchObject({ provider: "down", models: [], error: { code: "MODEL_UNREACHABLE" } })
})

test("a probe asks the provider itself and no other", async () => {
  const broken = await scripted((mock) =>
    mock.onMessage(/.*/, { error: { message: "down", type: "server_error" }, status: 500 }),
  )
  const sound = await answering("OK")
  const { models } = await modelsWith({
    settings: {
      providers: { sound: chat(sound.url), broken: chat(broken.url) },
      failover: ["sound"],
      retry: { attempts: 1 },
    },
  })
  expect(await models.probe("sound", never)).toMatchObject({ model: "sound/m" })
  await expect(models.probe("broken", never)).rejects.toMatchObject({ code: "MODEL_FAILED" })
})

test("a provider that keeps failing rests, says so, and is asked again once it is known to answer", async () => {
  let isDown = true
  await using vendor = await scriptedServer((response, { path }) => {
    response.writeHead(isDown ? 503 : 200, {
      "content-type": path.endsWith("/models") || isDown ? "application/json" : "text/event-stream",
    })
    if (isDown) response.end('{"error":{"message":"overloaded"}}')
    else if (path.endsWith("/models")) response.end('{"data":[{"id":"m"}]}')
    else
      response.end(
        'data: {"id":"1","choices":[{"index":0,"delta":{"content":"back"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      )
  })
  const clock = manualClock(Date.now())
  const { models } = await modelsWith({
    settings: { providers: { one: chat(vendor.url) }, retry: { attempts: 1 } },
    clock,
  })
  for (let n = 0; n < 5; n++) await expect(asked(models)).rejects.toMatchObject({ code: "MODEL_OVERLOADED" })
  await expect(asked(models)).rejects.toMatchObject({ code: "MODEL_RESTING" })
  const [resting] = (await models.status()).providers
  expect(resting).toMatchObject({ health: "resting", failures: 5, lastError: { code: "MODEL_OVERLOADED" } })
  expect(resting?.restsUntil).not.toBeNull()
  isDown = false
  const before = vendor.requests.length
  while (vendor.requests.length === before) {
    clock.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(vendor.requests.at(-1)?.path).toContain("/models")
  expect((await asked(models)).text).toBe("back")
  expect((await models.status()).providers[0]?.health).not.toBe("resting")
})

test("the strategy orders the default and the failover models, and leaves alone who names one", async () => {
  const dear = await answering("dear")
  const cheap = await answering("cheap")
  const price = (usd: number) => ({ price: { inputUsd: usd, outputUsd: usd } })
  const { models } = await modelsWith({
    settings: {
      providers: {
        dear: chat(dear.url, { isLocal: false, model: "d" }),
        cheap: chat(cheap.url, { isLocal: false, model: "c" }),
      },
      catalogue: { d: price(10), "cheap/c": price(1) },
      failover: ["cheap"],
      strategy: "cheapest",
    },
  })
  expect((await asked(models)).text).toBe("cheap")
  expect((await asked(models, asking("dear"))).text).toBe("dear")
})

test("an answer that has to fit a schema is asked for again once, and both rounds are booked", async () => {
  let round = 0
  const mock = await scripted((m) =>
    m.onMessage(/.*/, () => ({
      content: round++ === 0 ? "no JSON" : '{"n": 1}',
      usage: { prompt_tokens: 10, completion_tokens: 5 },
    })),
  )
  const { models } = await modelsWith({ settings: { providers: { one: chat(mock.url) } } })
  const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] }
  expect((await asked(models, asking("", { output: { name: "n", schema } }))).text).toBe('{"n": 1}')
  expect(await models.usage({ by: "model" })).toMatchObject([{ calls: 2, inputTokens: 20 }])
})

test("the same deterministic question is answered from the cache where it is on, and costs nothing", async () => {
  const mock = await answering("ok")
  const { models } = await modelsWith({ settings: { providers: { one: chat(mock.url) }, cache: { isOn: true } } })
  const request = asking("", { temperature: 0 })
  await asked(models, request)
  expect((await asked(models, request)).end?.usage.inputTokens).toBe(0)
  expect(mock.getRequests()).toHaveLength(1)
  const [row] = await models.usage({ by: "model" })
  expect(row).toMatchObject({ name: "one/m", calls: 2, reused: 1, costUsd: 0 })
  expect(row?.savedTokens).toBe((row?.inputTokens ?? 0) + (row?.outputTokens ?? 0))
})

test("equal deterministic calls at the same time ask once, and each is booked", async () => {
  const mock = await answering("ok")
  const { models } = await modelsWith({ settings: { providers: { one: chat(mock.url) } } })
  const request = asking("", { temperature: 0 })
  await Promise.all([asked(models, request), asked(models, request), asked(models, request)])
  expect(mock.getRequests()).toHaveLength(1)
  expect(await models.usage({ by: "model" })).toMatchObject([{ name: "one/m", calls: 3, reused: 2, failed: 0 }])
})

test("whoever stops reading is booked as cancelled and leaves nothing behind", async () => {
  const mock = await scripted((m) => m.onMessage(/.*/, { content: "a b c d" }, { chunkSize: 1, latency: 50 }))
  const { models } = await modelsWith({ settings: { providers: { one: chat(mock.url) } } })
  for await (const event of models.call(asking(), never)) if (event.kind === "text") break
  const controller = new AbortController()
  await expect(async () => {
    for await (const event of models.call(asking(), controller.signal)) if (event.kind === "text") controller.abort()
  }).rejects.toMatchObject({ code: "CANCELLED" })
  expect(await models.usage({ by: "model" })).toMatchObject([{ name: "one/m", calls: 2, cancelled: 2, failed: 0 }])
})

test("a user's limit holds over all providers, and says when the next turn is", async () => {
  const mock = await answering("ok")
  const providers = { one: chat(mock.url), two: chat(mock.url) }
  const { models } = await modelsWith({ settings: { providers, limits: { user: { requestsPerMinute: 1 } } } })
  await asked(models, asking("one"))
  await expect(asked(models, asking("two"))).rejects.toMatchObject({ code: "LIMIT_REACHED" })
  expect(await models.usage({ by: "user" })).toMatchObject([{ name: "ada", calls: 2, failed: 1 }])
  await asked(models, asking("two", { attribution: { user: "bob" } }))
})

test("embeddings are booked under their model", async () => {
  const mock = await scripted((m) => m.onEmbedding(/.*/, { embedding: [0.5, 0.5] }))
  const { models } = await modelsWith({ settings: { providers: { one: chat(mock.url, { model: "e" }) } } })
  const { vectors } = await models.embed({ model: "one", texts: ["a", "b"], attribution: { user: "ada" } }, never)
  expect(vectors).toHaveLength(2)
  expect(await models.usage({ by: "model" })).toMatchObject([{ name: "one/e", calls: 1, outputTokens: 0, costUsd: 0 }])
})

test("a prompt is counted for the model that it names, and the count learns from what its provider reports", async () => {
  const mock = await scripted((m) =>
    m.onMessage(/.*/, { content: "ok", usage: { prompt_tokens: 1_500, completion_tokens: 1 } }),
  )
  const { models } = await modelsWith({
    settings: { providers: { one: chat(mock.url, { model: "claude-opus-4-8" }) } },
  })
  const request = asking("", { messages: [say("word ".repeat(1_000))] })
  const before = await models.countTokens(request)
  expect(before).toMatchObject({ isExact: false })
  for (let n = 0; n < 4; n++) await asked(models, request)
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
  const after = await models.countTokens(request)
  expect(after.tokens).not.toBe(before.tokens)
  expect(Math.abs(after.tokens - 1_500)).toBeLessThanOrEqual(2)
  expect(await models.countTokens(asking("gpt-4o"))).toMatchObject({ isExact: true })
})
