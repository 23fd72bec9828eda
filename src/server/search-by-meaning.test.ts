import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { duckClient } from "../clients/sdk/index.ts"
import { meaningOf } from "../code/search/embedder.testing.ts"
import { type Script, scriptedServer, sendJson } from "../models/wire/scripted-server.testing.ts"
import { type ServerUnderTest, serverUnderTest } from "./server.testing.ts"
import { readServerFile } from "./server-file.ts"

const token = ["gh", "p_9sKq2LmX0vTz4RwYb8Nc1JdHf6PgUe3AoQiW"].join("")
const password = "correct-Horse-77-battery"
const files = {
  "src/retry.ts":
    "export function backoffDelay(attempt: number): number {\n  return Math.min(30_000, 2 ** attempt * 100)\n}\n",
  "src/store.ts":
    "export const rows = new Map<string, string>()\nexport function findRow(key: string) {\n  return rows.get(key)\n}\n",
  "src/client.ts": `export function login() {\n  return call("${token}", "${password}")\n}\n`,
  ".env": `DB_PASSWORD=${password}\n`,
}

const embeddings: Script = (response, { path, body }) => {
  if (path.endsWith("/models")) return sendJson(response, { data: [{ id: "text-embedder" }, { id: "talker" }] })
  const data = body.input.map((text: string, index: number) => ({ index, embedding: [...meaningOf(text)] }))
  sendJson(response, { data, usage: { prompt_tokens: body.input.join("").length >> 2 } })
}

async function provider(script: Script = embeddings) {
  const server = await scriptedServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const asked = () => server.requests.filter(({ path }) => path.endsWith("/embeddings"))
  return {
    ...server,
    setting: { kind: "openai-chat", url: `${server.url}/v1` },
    asked,
    texts: (): string[] => asked().flatMap(({ body }) => body.input),
  }
}

function projectWith(more: Readonly<Record<string, string>> = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "duck-meaning-")))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries({ ...files, ...more })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function configure(home: string, settings: object) {
  mkdirSync(join(home, "config"), { recursive: true })
  writeFileSync(join(home, "config", "config.json"), JSON.stringify(settings))
}

async function serverWith(settings: object, project = projectWith()) {
  const server: ServerUnderTest = await serverUnderTest({ env: {} })
  onTestFinished(server.end)
  configure(server.home, settings)
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project })
  const status = async () => (await duck.call("index.status", {})).meaning
  return {
    ...server,
    duck,
    status,
    /** Opens the project and resolves when nothing is embedded any more. */
    async embedded() {
      await duck.call("search", { query: "anything" })
      const [opened] = server.host.projects.list()
      await opened?.index.settled()
      return status()
    },
  }
}

const hitsOf = (output: { hits: readonly { path: string; why: readonly { signal: string }[] }[] }) =>
  output.hits.map(({ path, why }) => ({ path, signals: why.map(({ signal }) => signal) }))

test("a question that shares no word with the code finds it, in search and in ask, and all of it is booked", async () => {
  const far = await provider()
  const { duck, embedded } = await serverWith({
    llm: { providers: { far: far.setting }, embeddings: "far/text-embedder", catalogue: priced(1) },
  })
  expect(await embedded()).toMatchObject({ model: "far/text-embedder", state: "done", problem: null })
  const found = await duck.call("search", { query: "patience to persist", why: true })
  expect(hitsOf(found)[0]).toEqual({ path: "src/retry.ts", signals: expect.arrayContaining(["vector"]) })
  expect(found.meaning).toMatchObject({ model: "far/text-embedder", isUsed: true })
  const answer = await duck.call("ask", { question: "where is the patience to persist", noModel: true })
  expect(answer.passages[0]?.path).toBe("src/retry.ts")
  const sections = (await duck.call("llm.usage", { by: "section" })).rows
  expect(sections).toMatchObject([{ name: "embeddings" }])
  const commands = (await duck.call("llm.usage", { by: "command" })).rows
  expect(commands.map(({ name }) => name).sort()).toEqual(["index", "search"])
  expect(commands.every(({ costUsd }) => costUsd > 0)).toBe(true)
})

test("an index that is built anew sends nothing again", async () => {
  const far = await provider()
  const { duck, embedded } = await serverWith({
    llm: { providers: { far: far.setting }, embeddings: "far/text-embedder" },
  })
  await embedded()
  const passages = () => far.texts().filter((text) => text !== "anything")
  const sent = passages()
  await duck.call("index.rebuild", {})
  expect(await embedded()).toMatchObject({ state: "done" })
  expect(passages()).toEqual(sent)
  expect((await duck.call("search", { query: "patience to persist" })).hits[0]?.path).toBe("src/retry.ts")
})

test("secrets never leave: not by their shape, not by the project's .env, not in a question", async () => {
  const far = await provider()
  const { duck, embedded } = await serverWith({
    llm: { providers: { far: far.setting }, embeddings: "far/text-embedder" },
  })
  await embedded()
  await duck.call("search", { query: `who uses ${token}` })
  const sent = far.texts().join("\n")
  expect(sent).toContain('call("[secret:github-token:1]", "[secret:env:DB_PASSWORD:1]")')
  expect(sent).toContain("who uses [secret:github-token:1]")
  expect(sent).not.toContain(token)
  expect(sent).not.toContain(password)
})

test("nothing is sent before a model is chosen, and a project can't choose", async () => {
  const far = await provider()
  const project = projectWith({ ".duck/config.json": JSON.stringify({ llm: { embeddings: "far/text-embedder" } }) })
  const { duck, embedded } = await serverWith({ llm: { providers: { far: far.setting } } }, project)
  expect(await embedded()).toBeNull()
  expect((await duck.call("index.status", {})).meaningIsRefused).toBe(false)
  expect((await duck.call("search", { query: "patience to persist" })).hits).toEqual([])
  expect(far.requests).toEqual([])
})

test("a project can refuse", async () => {
  const far = await provider()
  const project = projectWith({ ".duck/config.json": JSON.stringify({ search: { byMeaning: false } }) })
  const { duck, embedded } = await serverWith(
    { llm: { providers: { far: far.setting }, embeddings: "far/text-embedder" } },
    project,
  )
  expect(await embedded()).toBeNull()
  expect((await duck.call("index.status", {})).meaningIsRefused).toBe(true)
  expect(far.requests).toEqual([])
})

test("nothing goes to the provider that is left when the chosen one is disconnected", async () => {
  const far = await provider()
  const { embedded } = await serverWith({
    llm: { providers: { far: far.setting }, embeddings: "near/text-embedder" },
  })
  expect(await embedded()).toMatchObject({ state: "waiting", embedded: 0, problem: { code: "NO_MODEL" } })
  expect(far.asked()).toEqual([])
})

test("a budget that is used up stops embedding before anything is sent, and status says so", async () => {
  const far = await provider()
  const { duck, embedded } = await serverWith({
    llm: {
      providers: { far: far.setting },
      embeddings: "far/text-embedder",
      catalogue: priced(1_000_000),
      budgets: { total: { hardUsd: 0.5 } },
    },
  })
  const status = await embedded()
  expect(status).toMatchObject({ state: "waiting", embedded: 0, problem: { code: "BUDGET_EXCEEDED" } })
  expect(far.asked()).toEqual([])
  const { hits, meaning } = await duck.call("search", { query: "backoff delay" })
  expect(hits[0]?.path).toBe("src/retry.ts")
  expect(meaning?.isUsed).toBe(false)
  const { rendered } = await duck.run("index.status", {}, { rendering: { format: "text", width: 200 } })
  expect(rendered).toContain("The budget of all together")
})

test("choosing a model tries it, says where code goes and begins; taking the choice back ends it", async () => {
  const far = await provider()
  const { duck, embedded } = await serverWith({ llm: { providers: { far: far.setting } } })
  await embedded()
  await expect(duck.call("llm.set-embeddings", {})).rejects.toMatchObject({
    hint: "Your providers list: far/text-embedder (local).",
  })
  await expect(duck.call("llm.set-embeddings", { model: "text-embedder" })).rejects.toMatchObject({ status: 400 })
  await expect(duck.call("llm.set-embeddings", { model: "fra/text-embedder" })).rejects.toMatchObject({
    code: "UNKNOWN_PROVIDER",
  })
  expect(far.asked()).toEqual([])
  const dry = await duck.call("llm.set-embeddings", { model: "far/text-embedder", dryRun: true, check: false })
  expect(dry).toMatchObject({ isDryRun: true, isLocal: true, dimensions: null, projects: [] })
  expect(await embedded()).toBeNull()
  const chosen = await duck.call("llm.set-embeddings", { model: "far/text-embedder" })
  expect(chosen).toMatchObject({ dimensions: 64, isLocal: true, overriddenBy: null })
  expect(chosen.projects).toHaveLength(1)
  expect(await embedded()).toMatchObject({ state: "done" })
  const sent = far.asked().length
  await duck.call("llm.set-embeddings", { unset: true })
  expect((await duck.call("search", { query: "patience to persist" })).meaning).toBeNull()
  expect(far.asked()).toHaveLength(sent)
})

test("a model that fails is not chosen", async () => {
  const far = await provider((response) => sendJson(response, { error: { message: "no such model" } }, 404))
  const { duck, embedded } = await serverWith({ llm: { providers: { far: far.setting } } })
  await expect(duck.call("llm.set-embeddings", { model: "far/gone" })).rejects.toMatchObject({ code: "MODEL_UNKNOWN" })
  expect(await embedded()).toBeNull()
})

test("a server that is killed goes on where it was: no text is sent again but those that had no answer", async () => {
  // Some more than three batches.
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [
      `many/${n}.ts`,
      `export function thing${n}() {\n  return "thing ${n}"\n}\n`,
    ]),
  )
  const stalled = Promise.withResolvers<void>()
  let isStalling = true
  const far = await provider((response, request, nth) => {
    if (isStalling && nth >= 2) return stalled.resolve()
    embeddings(response, request, nth)
  })
  const project = projectWith(many)
  const home = realpathSync(mkdtempSync(join(tmpdir(), "duck-killed-")))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  configure(home, { llm: { providers: { far: far.setting }, embeddings: "far/text-embedder" } })

  const first = await launched(home)
  const opening = first.duckAt(project).call("index.status", {})
  await stalled.promise
  await opening
  await first.kill()
  const answered = far
    .asked()
    .slice(0, 2)
    .flatMap(({ body }) => body.input as string[])
  const unanswered = far.asked().length
  isStalling = false

  const second = await launched(home)
  const duck = second.duckAt(project)
  while ((await duck.call("index.status", {})).meaning?.state !== "done");
  const again = far
    .asked()
    .slice(unanswered)
    .flatMap(({ body }) => body.input as string[])
  expect(answered.length).toBeGreaterThan(0)
  expect(again.filter((text) => answered.includes(text))).toEqual([])
  expect(new Set(again).size).toBe(again.length)
  const { meaning } = await duck.call("index.status", {})
  expect(answered.length + again.length).toBe(meaning?.chunks)
  expect(meaning?.embedded).toBe(meaning?.chunks)
  await second.kill()
}, 60_000)

const priced = (inputUsd: number) => ({ "far/text-embedder": { price: { inputUsd, outputUsd: 0 } } })

/** The server as its own process, on `home`. */
async function launched(home: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "duck-server.ts")], {
    env: { PATH: process.env.PATH, DUCK_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text))
  while (!output.includes("listens on")) await Promise.race([once(child.stdout, "data"), once(child, "exit")])
  const file = readServerFile(join(home))
  if (!file) throw new Error("The server did not announce itself.")
  return {
    duckAt: (project: string) =>
      duckClient({ address: { url: `http://127.0.0.1:${file.port}`, token: file.token }, project }),
    async kill() {
      const gone = once(child, "exit")
      child.kill("SIGKILL")
      await gone
    },
  }
}
