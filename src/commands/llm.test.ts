import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { expect, onTestFinished, test } from "vitest"
import type { CommandAnswer } from "../base/wire.ts"
import { duckClient } from "../clients/sdk/index.ts"
import { scriptedServer } from "../models/wire/scripted-server.testing.ts"
import { fileSink, logger } from "../observe/log.ts"
import { type ServerUnderTest, serverUnderTest, temporaryHome } from "../server/server.testing.ts"
import { TextItem } from "./command.ts"

const key = "sk-live-0123456789-never-to-be-seen"
const usage = { prompt_tokens: 1_200, completion_tokens: 80 }

async function scripted(
  set: (mock: LLMock) => unknown = (mock) => mock.onMessage(/.*/, { content: "It is so.", usage }),
) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  onTestFinished(() => mock.stop())
  return mock
}

const failing = (mock: LLMock) =>
  mock.onMessage(/.*/, { error: { message: "down", type: "server_error" }, status: 500 })
const chat = (url: string, more: object = {}) => ({ kind: "openai-chat", url: `${url}/v1`, model: "m", ...more })

/** A server whose log goes to the files of its home, as a real one's does. */
async function serverWith({ llm = {}, env = {} }: { llm?: object; env?: NodeJS.ProcessEnv } = {}) {
  const server: ServerUnderTest = await serverUnderTest({ env })
  onTestFinished(server.end)
  const set = (values: object) => {
    const path = join(server.home, "config", "config.json")
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ llm: values }))
  }
  if (Object.keys(llm).length > 0) set(llm)
  const project = join(server.home, "project")
  mkdirSync(project)
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project })
  return { ...server, duck, set, project }
}

/** A command in a process of its own, as the command line starts it, with `stdin` typed in. */
async function local(home: string, name: string, input: object, { stdin = "", env = {} } = {}) {
  const request = { name, input, project: home, rendering: { format: "json" } }
  const program = join(import.meta.dirname, "../server/duck-local.ts")
  const child = spawn(process.execPath, [program, JSON.stringify(request)], {
    env: { PATH: process.env.PATH, DUCK_HOME: home, ...env },
  })
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text))
  child.stdin.end(stdin)
  const [exitCode] = await once(child, "close")
  return { exitCode: exitCode as number, output, json: () => JSON.parse(output) }
}
function homeOf() {
  const { home, remove } = temporaryHome()
  onTestFinished(remove)
  return home
}
const settingsOf = (home: string) => readFileSync(join(home, "config", "config.json"), "utf8")

const textOf = ({ rendered = "" }: CommandAnswer) => rendered
const asText = { rendering: { format: "text", width: 120 } } as const

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

test("connecting tries the key from standard input and keeps it encrypted, for that address alone", async () => {
  const mock = await scripted()
  const home = homeOf()
  const connected = await local(
    home,
    "llm.connect",
    { provider: "work", url: `${mock.url}/v1`, model: "m", keyStdin: true },
    { stdin: `${key}\n` },
  )
  expect(connected).toMatchObject({ exitCode: 0 })
  expect(connected.json()).toMatchObject({ kind: "openai-chat", key: "stored", check: { isModelUnlisted: true } })
  expect(JSON.parse(settingsOf(home)).llm.providers.work).toEqual({
    kind: "openai-chat",
    url: `${mock.url}/v1`,
    model: "m",
  })
  expect(statSync(join(home, "secrets.json")).mode & 0o777).toBe(0o600)
  expect(connected.output + allFiles(home)).not.toContain(key)
  const again = await local(home, "llm.connect", { provider: "work", model: "n" })
  expect(again.json()).toMatchObject({ key: "kept", model: "n", url: `${mock.url}/v1` })

  await using other = await scriptedServer((response) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.end('{"data":[]}')
  })
  const moved = await local(home, "llm.connect", { provider: "work", url: `${other.url}/v1` })
  expect(moved.json()).toMatchObject({ key: "none" })
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  expect(JSON.parse(readFileSync(join(home, "secrets.json"), "utf8")).entries).toEqual({})
})

test("a provider that refuses the key or is not there is not kept", async () => {
  await using vendor = await scriptedServer((response) => {
    response.writeHead(401, { "content-type": "application/json" })
    response.end(
      JSON.stringify({ error: { message: `Incorrect API key provided: ${key}`, type: "invalid_request_error" } }),
    )
  })
  const home = homeOf()
  const url = `${vendor.url}/v1`
  const refused = await local(home, "llm.connect", { provider: "work", url, keyStdin: true }, { stdin: key })
  expect(refused.json()).toMatchObject({ error: { code: "MODEL_UNAUTHORIZED" } })
  expect(refused.output).not.toContain(key)
  const gone = await local(home, "llm.connect", { provider: "gone", url: "http://127.0.0.1:9/v1" })
  expect(gone.json()).toMatchObject({ error: { code: "MODEL_UNREACHABLE" } })
  expect(gone.exitCode).toBe(3)
  expect(existsSync(join(home, "config", "config.json"))).toBe(false)
  expect(existsSync(join(home, "secrets.json"))).toBe(false)
  const unchecked = await local(home, "llm.connect", { provider: "gone", url: "http://127.0.0.1:9/v1", check: false })
  expect(unchecked).toMatchObject({ exitCode: 0 })
})

test("a key can come from a variable; a key in the place of its name is refused without being repeated to anyone else", async () => {
  const mock = await scripted()
  const home = homeOf()
  const url = `${mock.url}/v1`
  const wrong = await local(home, "llm.connect", { provider: "work", url, keyEnv: key })
  expect(wrong.json()).toMatchObject({ error: { code: "NO_KEY", message: expect.stringContaining("not a key") } })
  expect(wrong.output).not.toContain(key)
  const unset = await local(home, "llm.connect", { provider: "work", url, keyEnv: "NOT_SET" })
  expect(unset.json()).toMatchObject({ error: { message: expect.stringContaining("NOT_SET") } })
  const right = await local(home, "llm.connect", { provider: "work", url, keyEnv: "MY_KEY" }, { env: { MY_KEY: key } })
  expect(right.json()).toMatchObject({ key: "stored" })
  const none = await local(home, "llm.connect", { provider: "openai" })
  expect(none.json()).toMatchObject({ error: { code: "NO_KEY", hint: expect.stringContaining("--key-stdin") } })
})

test("what is not known by name needs an address, and a name that is none is refused", async () => {
  const home = homeOf()
  const unknown = await local(home, "llm.connect", { provider: "somewhere" })
  expect(unknown.json()).toMatchObject({ error: { hint: expect.stringContaining("--url") } })
  const named = await local(home, "llm.connect", { provider: "Not A Name" })
  expect(named.json()).toMatchObject({ error: { code: "INVALID_INPUT" } })
  const address = await local(
    home,
    "llm.connect",
    { provider: "work", url: "10.0.0.5:8000/v1", keyStdin: true },
    { stdin: key },
  )
  expect(address.json()).toMatchObject({ error: { code: "INVALID_SETTING" } })
  expect(existsSync(join(home, "secrets.json"))).toBe(false)
  const inClear = { provider: "work", url: "http://models.example.com/v1", keyStdin: true, check: false, dryRun: true }
  expect((await local(home, "llm.connect", inClear, { stdin: key })).json()).toMatchObject({ isKeyInClear: true })
  const file = await local(home, "llm.connect", { provider: "tiny", kind: "llama-cpp" })
  expect(file.json()).toMatchObject({ error: { hint: expect.stringContaining("--file") } })
})

test("a server, whose standard input is nobody's, takes no key from it", async () => {
  const { duck } = await serverWith()
  const connect = duck.run("llm.connect", { provider: "openai", keyStdin: true })
  await expect(connect).rejects.toMatchObject({ code: "ONLY_AT_TERMINAL" })
})

test("disconnecting forgets settings and key, and says what the environment still names", async () => {
  const home = homeOf()
  const url = "http://127.0.0.1:9/v1"
  await local(home, "llm.connect", { provider: "work", url, keyStdin: true, check: false }, { stdin: key })
  expect((await local(home, "llm.disconnect", { provider: "work", dryRun: true })).json()).toMatchObject({
    hadKey: true,
  })
  const gone = await local(home, "llm.disconnect", { provider: "work" })
  expect(gone.json()).toMatchObject({ wasConfigured: true, hadKey: true, variable: null })
  expect(JSON.parse(readFileSync(join(home, "secrets.json"), "utf8")).entries).toEqual({})
  expect((await local(home, "llm.disconnect", { provider: "work" })).json()).toMatchObject({
    error: { code: "UNKNOWN_PROVIDER" },
  })
  const env = { OPENAI_API_KEY: key }
  expect((await local(home, "llm.disconnect", { provider: "openai" }, { env })).json()).toMatchObject({
    variable: "OPENAI_API_KEY",
  })
})

test("the model of a provider and the default are chosen, and where something else holds that is said", async () => {
  const home = homeOf()
  await local(home, "llm.connect", { provider: "work", url: "http://127.0.0.1:9/v1", check: false })
  const model = await local(home, "llm.set-model", { provider: "work", model: "big" })
  expect(model.json()).toMatchObject({ before: null, model: "big" })
  expect((await local(home, "llm.set-model", { provider: "wrok", model: "x" })).json()).toMatchObject({
    error: { hint: expect.stringContaining("work") },
  })
  await local(home, "llm.set-default", { model: "work/big" })
  expect(JSON.parse(settingsOf(home)).llm.model).toBe("work/big")
  const env = { DUCK_LLM_MODEL: "other/x" }
  const overridden = await local(home, "llm.set-default", { model: "nowhere/x" }, { env })
  expect(overridden.json()).toMatchObject({ overriddenBy: "environment DUCK_LLM_MODEL", isProviderUnknown: true })
  await local(home, "llm.set-default", { unset: true })
  expect(JSON.parse(settingsOf(home)).llm.model).toBeUndefined()
  expect((await local(home, "llm.set-default", {})).exitCode).toBe(2)
})

test("rotating makes a new key for the kept ones", async () => {
  const home = homeOf()
  await local(
    home,
    "llm.connect",
    { provider: "work", url: "http://127.0.0.1:9/v1", keyStdin: true, check: false },
    { stdin: key },
  )
  const before = readFileSync(join(home, "secrets.key"), "utf8")
  expect((await local(home, "llm.rotate-keys", { dryRun: true })).json()).toMatchObject({ secrets: 1, isDryRun: true })
  expect(readFileSync(join(home, "secrets.key"), "utf8")).toBe(before)
  expect((await local(home, "llm.rotate-keys", {})).json()).toEqual({ secrets: 1, keyIn: "file", isDryRun: false })
  expect(readFileSync(join(home, "secrets.key"), "utf8")).not.toBe(before)
  rmSync(join(home, "secrets.key"))
  expect((await local(home, "llm.rotate-keys", {})).json()).toMatchObject({ error: { code: "SECRETS_KEY_MISSING" } })
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
  expect(compared.choice?.options).toEqual([
    { label: "one", input: { prefer: "one" } },
    { label: "two", input: { prefer: "two" } },
  ])
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
  expect(sections.output.rows.map(({ name }) => name).sort()).toEqual(["evidence", "question", "rules"])
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

test("no key stands in clear in any file, in the log, or in any answer, whatever goes wrong", async () => {
  // A provider that repeats the key it was given in its error, as some do.
  const mock = await scripted((m) =>
    m.onMessage(/.*/, { error: { message: `Bad key ${key}`, type: "auth" }, status: 401 }),
  )
  const lines: string[] = []
  const { home, folders, remove } = temporaryHome()
  onTestFinished(remove)
  const url = `${mock.url}/v1`
  const input = { provider: "work", url, model: "m", keyStdin: true, check: false }
  const said = [await local(home, "llm.connect", input, { stdin: key })].map(({ output }) => output)
  const { startServer } = await import("../server/server.ts")
  const log = logger({
    level: "debug",
    sinks: [fileSink(join(folders.state, "server.log")), (line) => lines.push(line)],
  })
  const server = await startServer({
    folders,
    env: { OPENAI_API_KEY: `${key}-env`, OPENAI_BASE_URL: url },
    logger: log,
  })
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project: home })
  const compared = { prompt: "hi", models: ["work", "openai"] }
  for (const run of [
    () => duck.run("llm.status", {}, asText),
    () => duck.run("llm.test", {}, asText),
    () => duck.run("llm.list-models", {}, asText),
    () => duck.run("llm.compare", compared, asText),
    () => duck.run("llm.usage", {}, asText),
    () => duck.run("llm.status", {}, asText),
    () => duck.run("config.list", {}, asText),
  ]) {
    const answer = await run().catch((error: Error) => error)
    said.push(JSON.stringify(answer), answer instanceof Error ? `${answer.message} ${answer.stack}` : "")
  }
  expect(mock.getRequests().length).toBeGreaterThan(0)
  await server.stop("the test is over")
  said.push((await local(home, "llm.rotate-keys", {})).output)
  const everything = `${said.join("\n")}\n${lines.join("\n")}\n${allFiles(home)}`
  expect(lines.length).toBeGreaterThan(0)
  expect(everything).toContain("work")
  expect(everything).not.toContain(key)
  expect(everything).not.toContain(Buffer.from(key).toString("base64").slice(0, 30))
})

/** All that stands in the files below a folder, as one text. */
function allFiles(home: string): string {
  return globSync("**/*", { cwd: home, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n")
}
