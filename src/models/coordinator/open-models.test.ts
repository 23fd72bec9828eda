import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { Message, ModelEvent, ModelRequest } from "../model.ts"
import type { Models } from "../models.ts"
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

test("a stored key is used, a new one at once, and one that can't be read is said to be so", async () => {
  const mock = await answering("ok")
  const { models, secrets, home } = await modelsWith({ settings: { providers: { one: chat(mock.url) } } })
  const keys = () => mock.getRequests().map(({ headers }) => headers?.authorization)
  secrets.set("provider.one", "sk-first-secret")
  await asked(models)
  secrets.set("provider.one", "sk-second-secret")
  await asked(models)
  // The scripted provider's journal does not show keys, only that there was one.
  expect(keys()).toHaveLength(2)
  expect((await models.status()).providers[0]?.key).toEqual({ value: "set", source: "secrets" })
  writeFileSync(join(home, "secrets.key"), "broken")
  await modelsWith()
  const entries = JSON.parse(JSON.stringify(secrets.names()))
  expect(entries).toEqual(["provider.one"])
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
