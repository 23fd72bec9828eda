import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { TextItem } from "./command.ts"
import { asText, chat, failing, key, scripted, serverWith, textOf, usage } from "./llm/llm.testing.ts"

test("without a model, status says what to do and everything else says the same", async () => {
  const { duck } = await serverWith()
  const status = await duck.run("llm.status", {}, asText)
  expect(status.exitCode).toBe(1)
  expect(textOf(status)).toContain("duck llm connect ollama")
  expect((await duck.run("llm.list-models", {})).output).toEqual({ providers: [] })
  expect((await duck.run("llm.test", {})).exitCode).toBe(1)
  await expect(duck.run("llm.test", { provider: "openai" })).rejects.toMatchObject({ code: "UNKNOWN_PROVIDER" })
  expect((await duck.run("llm.usage", {})).output.rows).toEqual([])
})

test("status shows where each value comes from, and never a key", async () => {
  const mock = await scripted()
  const { duck } = await serverWith({
    llm: { providers: { work: chat(mock.url) }, budgets: { total: { softUsd: 1, hardUsd: 2 } } },
    env: { OPENAI_API_KEY: key },
  })
  const status = await duck.run("llm.status", {}, asText)
  expect(status.output.defaultModel).toEqual({ value: "work/m", source: "the first provider" })
  expect(status.output.providers.map(({ name, key }) => [name, key.value, key.source])).toEqual([
    ["work", "not needed", "default"],
    ["openai", "set", "environment OPENAI_API_KEY"],
  ])
  expect(status.output.providers[0]?.url.source).toMatch(/^user .*config\.json:1$/)
  expect(textOf(status)).toContain("all together")
  expect(JSON.stringify(status)).not.toContain(key)
})

test("test, list-models and usage show what was asked, how long it took and what it cost", async () => {
  const mock = await scripted()
  const down = await scripted(failing)
  const price = { inputUsd: 1, outputUsd: 10 }
  const { duck } = await serverWith({
    llm: {
      providers: { work: chat(mock.url, { isLocal: false }), down: chat(down.url) },
      catalogue: { m: { price, contextTokens: 128_000 } },
      retry: { attempts: 1 },
    },
  })
  const tested = await duck.run("llm.test", {}, asText)
  expect(tested.exitCode).toBe(1)
  expect(tested.output.tests).toMatchObject([
    { provider: "work", model: "work/m" },
    { provider: "down", model: null, error: { code: "MODEL_FAILED" } },
  ])
  expect(textOf(tested)).toContain("FAILED")
  const listed = await duck.run("llm.list-models", { provider: "work" }, asText)
  expect(listed.exitCode).toBe(0)
  const used = await duck.run("llm.usage", { by: "model" }, asText)
  expect(used.output.rows[0]).toMatchObject({ name: "work/m", calls: 1, inputTokens: 1_200, costUsd: 0.002 })
  expect(used.output.total).toMatchObject({ calls: 2 })
  expect(textOf(used)).toContain("$0.0020")
  const chart = await duck.run("llm.usage", { by: "command", chart: true }, asText)
  expect(textOf(chart)).toContain("█")
  await expect(duck.run("llm.usage", { since: "2026-02-31" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.run("llm.usage", { since: "today", until: "7d" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("comparing asks all at once, shows them side by side, and keeps which one was liked", async () => {
  const one = await scripted((mock) => mock.onMessage(/.*/, { content: "A monad is a monoid of endofunctors." }))
  const two = await scripted((mock) => mock.onMessage(/.*/, { content: "A monad is a burrito of endofunctors." }))
  const broken = await scripted(failing)
  const server = await serverWith({
    llm: {
      providers: { one: chat(one.url), two: chat(two.url), broken: chat(broken.url) },
      // Not for a comparison: another model's words under this one's name would be none.
      failover: ["one"],
      retry: { attempts: 1 },
    },
  })
  const models = ["one,two", "broken"]
  const compared = await server.duck.run("llm.compare", { prompt: "What is a monad?", models }, asText)
  expect(compared.output.answers.map(({ model, error }) => [model, error?.code])).toEqual([
    ["one/m", undefined],
    ["two/m", undefined],
    ["", "MODEL_FAILED"],
  ])
  expect(compared.output.similarities).toEqual([{ a: "one", b: "two", similarity: expect.closeTo(5 / 7) }])
  expect(textOf(compared)).toContain("burrito")
  expect(compared.exitCode).toBe(1)
  // Of what did not answer nobody can like the answer.
  expect(compared.choice).toMatchObject({
    options: [
      { label: "one", input: { prefer: "one" } },
      { label: "two", input: { prefer: "two" } },
    ],
  })
  const preferred = await server.duck.run("llm.compare", { prompt: "What is a monad?", models, prefer: "two" })
  expect(preferred.output).toMatchObject({ preferred: "two", answers: [] })
  await server.duck.run("llm.usage", {})
  const events = server.host
    .fabric()
    .store.scan("core", 0, 1_000)
    .flatMap(({ events }) => events)
  const kept = events.find(({ type }) => type === "comparison.preferred")
  expect(kept?.data).toMatchObject({ preferred: "two", others: ["one", "broken"] })
  expect(JSON.stringify(kept)).not.toContain("monad")
  await expect(server.duck.run("llm.compare", { prompt: "x", models: ["one"] })).rejects.toMatchObject({ status: 400 })
})

const sources = {
  "src/token.ts":
    "/** Compares two tokens. */\nexport function sameToken(a: string, b: string): boolean {\n  return a === b\n}\n",
  "src/guard.ts":
    'import { sameToken } from "./token.ts"\n\nexport const guard = (given: string) => sameToken(given, "x")\n',
}
function fill(project: string) {
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), text)
  }
}

test("ask answers with the connected model from the index's passages, and checks what it cites", async () => {
  const content = "Tokens are compared in `src/token.ts:2`, and also in src/nowhere.ts:99.\n\n- strictly"
  const mock = await scripted((m) => m.onMessage(/.*/, { content, usage }))
  const { duck, project } = await serverWith({ llm: { providers: { work: chat(mock.url) } } })
  fill(project)
  const phases = new Set<string>()
  const items: string[] = []
  const answer = await duck.run(
    "ask",
    { question: "where is sameToken?" },
    {
      ...asText,
      onProgress: ({ phase }) => phases.add(phase),
      onItem: (item) => items.push(TextItem.parse(item).text),
    },
  )
  expect(items.length).toBeGreaterThan(0)
  expect(items.join("")).toBe(content)
  expect(answer.output).toMatchObject({
    madeBy: "model",
    kind: "where",
    modelAnswer: {
      model: "work/m",
      inputTokens: 1_200,
      costUsd: 0,
      citations: [
        { path: "src/token.ts", line: 2, found: "evidence" },
        { path: "src/nowhere.ts", line: 99, found: "missing" },
      ],
    },
  })
  expect(textOf(answer)).toContain("src/nowhere.ts:99 (no such place)")
  expect(textOf(answer)).toContain("Answered by work/m")
  expect(textOf(answer)).toContain("src/token.ts:")
  expect(phases).toContain("model")
  const sent = JSON.stringify(mock.getRequests()[0]?.body)
  expect(sent).toContain("export function sameToken")
  expect(sent).toContain("where is sameToken?")
  expect((await duck.run("llm.usage", { by: "command" })).output.rows).toMatchObject([{ name: "ask", calls: 1 }])
  const sections = await duck.run("llm.usage", { by: "section" }, asText)
  expect(sections.output.rows.map(({ name }) => name).sort()).toEqual(["system", "task"])
  expect(sections.output.rows.reduce((sum, { inputTokens }) => sum + inputTokens, 0)).toBe(1_200)
  expect(textOf(sections)).toContain("1 call from")
})

test("ask without the model is what it was; a model that fails leaves the index's answer and says so", async () => {
  const mock = await scripted(failing)
  const { duck, project } = await serverWith({ llm: { providers: { work: chat(mock.url) }, retry: { attempts: 1 } } })
  fill(project)
  const question = "where is sameToken?"
  const plain = await duck.run("ask", { question, noModel: true }, asText)
  expect(plain.output.madeBy).toBe("index")
  expect(plain.output.modelAnswer).toBeUndefined()
  expect(mock.getRequests()).toHaveLength(0)
  const failed = await duck.run("ask", { question }, asText)
  expect(failed.output).toMatchObject({ madeBy: "index", modelError: { code: "MODEL_FAILED" } })
  expect(failed.exitCode).toBe(0)
  expect(textOf(failed)).toContain("The model did not answer")
  expect(textOf(failed)).toContain("src/token.ts:2")
  const unknown = await duck.run("ask", { question: "where is the flurbozzle quantiser?" })
  expect(unknown.output).toMatchObject({ isFound: false, madeBy: "index" })
  expect(mock.getRequests()).toHaveLength(1)
})
