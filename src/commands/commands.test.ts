import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Client } from "../clients/sdk/index.ts"
import { duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let server: ServerUnderTest
let duck: Client
let root: string

const steps = Array.from({ length: 60 }, (_, at) => `  step(${at})${at === 50 ? " // here we meet the zebra" : ""}`)

const sources: Record<string, string> = {
  "src/token.ts":
    "/** Compares two tokens in constant time. */\nexport function sameToken(a: string, b: string): boolean {\n  return a === b\n}\n",
  "src/guard.ts":
    'import { sameToken } from "./token.ts"\n\nexport function guard(given: string): boolean {\n  return sameToken(given, "secret `tick`")\n}\n',
  "src/token.test.ts":
    'import { sameToken } from "./token.ts"\n\ntest("equal tokens are the same", () => {\n  expect(sameToken("a", "a")).toBe(true)\n})\n',
  "src/long.ts": `export function longRun() {\n${steps.join("\n")}\n}\n`,
  "README.md": "# Sample\n\nA project to try commands on.\n",
}

beforeAll(async () => {
  server = await serverUnderTest()
  root = join(server.home, "project")
  for (const [path, text] of Object.entries(sources)) write(path, text)
  git("init", "-q", "-b", "main")
  git("add", ".")
  git("commit", "-q", "-m", "Compare tokens in constant time", "-m", "So that nobody can guess them by the clock.")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: join(root, "src") })
})
afterAll(() => server.end())

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...args], { cwd: root })
function write(path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe("questions", () => {
  test("ask answers with passages, callers and what the history says, from anywhere inside the project", async () => {
    const answer = await duck.run(
      "ask",
      { question: "what calls sameToken?" },
      { rendering: { format: "text", width: 100 } },
    )
    expect(answer.output).toMatchObject({ kind: "callers", isFound: true, madeBy: "index" })
    expect(answer.output.connections).toContainEqual(expect.objectContaining({ path: "src/guard.ts", line: 4 }))
    expect(answer.exitCode).toBe(0)
    expect(answer.rendered).toContain("src/guard.ts:4")
    expect(answer.rendered).toContain("without a language model")
    // What stands in the code is shown as it stands there.
    expect(answer.rendered).toContain('"secret `tick`"')
  })

  test("a question about nothing that is here says so, with exit code 1", async () => {
    const answer = await duck.run(
      "ask",
      { question: "where is the flux capacitor" },
      { rendering: { format: "markdown" } },
    )
    expect(answer).toMatchObject({ exitCode: 1, output: { isFound: false } })
  })

  test("search finds by words and by expression, says why, and is honest about nothing", async () => {
    const byWords = await duck.run("search", { query: "constant time", why: true }, { rendering: { format: "text" } })
    expect(byWords.output.hits[0]).toMatchObject({ path: "src/token.ts", name: "sameToken" })
    expect(byWords.rendered).toContain("words:")
    const byRegex = await duck.call("search", { query: "same[T]oken\\(given", regex: true })
    expect(byRegex.hits.map(({ path }) => path)).toEqual(["src/guard.ts"])
    const none = await duck.run("search", { query: "zzzqqq" }, { rendering: { format: "text" } })
    expect(none).toMatchObject({ exitCode: 1, rendered: expect.stringContaining("Nothing found") })
    const one = await duck.call("search", { query: "token", limit: 1 })
    expect(one.hits).toHaveLength(1)
  })

  test("search is by words, pattern, letters or name, narrowed by options, and refuses two ways at once", async () => {
    const paths = async (input: Parameters<typeof duck.call<"search">>[1]) =>
      (await duck.call("search", input)).hits.map(({ path }) => path).sort()
    expect(await paths({ query: "same[T]oken\\(", regex: true })).toContain("src/token.ts")
    expect(await paths({ query: "same[T]oken\\(", regex: true, path: ["-src/token"] })).toEqual(["src/guard.ts"])
    expect(await paths({ query: 'en("a', text: true })).toEqual(["src/token.test.ts"])
    expect(await paths({ query: "SAMETOKEN", text: true, caseSensitive: true })).toEqual([])
    expect(await paths({ query: "sameTok", symbol: true })).toEqual(["src/token.ts"])
    expect(await paths({ query: "token", lang: ["css"] })).toEqual([])
    expect(await paths({ query: "e", regex: true, files: true, limit: 3 })).toHaveLength(3)
    await expect(duck.call("search", { query: "a", regex: true, text: true })).rejects.toMatchObject({
      code: "MODES_CONFLICT",
      status: 400,
    })
  })

  test("search shows the lines that match below the head of their definition, all with --full, whole in JSON", async () => {
    const asked = { query: "zebra" } as const
    const { output, rendered = "" } = await duck.run("search", asked, { rendering: { format: "text" } })
    expect(output.hits[0]?.text.split("\n").length).toBeGreaterThan(30)
    expect(rendered).toMatch(/ 1 │ export function longRun\(\) \{\n +⋮\n/)
    expect(rendered).toContain("> 52 │   step(50) // here we meet the zebra")
    expect(rendered.split("\n").length).toBeLessThan(20)
    expect(rendered).toContain("--full")
    const full = await duck.run("search", { ...asked, full: true }, { rendering: { format: "text" } })
    expect(full.rendered?.split("\n").length).toBeGreaterThan(40)
    expect(full.rendered).not.toContain("--full")
  })

  test("explain shows a symbol with its callers and tests, and a file with its outline", async () => {
    const symbol = await duck.run("explain", { target: "sameToken" }, { rendering: { format: "markdown" } })
    expect(symbol.output).toMatchObject({
      kind: "symbol",
      path: "src/token.ts",
      doc: expect.stringContaining("constant time"),
    })
    expect(symbol.output.callers.map(({ path }) => path)).toContain("src/guard.ts")
    expect(symbol.output.tests.map(({ path }) => path)).toContain("src/token.test.ts")
    expect(symbol.rendered).toContain("```typescript")
    const file = await duck.call("explain", { target: "src/guard.ts" })
    expect(file.outline.map(({ name }) => name)).toEqual(["guard"])
    await expect(duck.call("explain", { target: "nothingOfThatName" })).rejects.toMatchObject({ status: 404 })
  })

  test("impact lists what depends on a symbol, with its tests", async () => {
    const answer = await duck.run("impact", { target: "sameToken" }, { rendering: { format: "table", width: 120 } })
    expect(answer.output.dependants).toContainEqual(
      expect.objectContaining({ path: "src/guard.ts", name: "guard", depth: 1 }),
    )
    expect(answer.output.tests.map(({ path }) => path)).toEqual(["src/token.test.ts"])
    expect(answer.rendered).toContain("guard")
    await expect(duck.call("impact", { target: "nothingOfThatName" })).rejects.toMatchObject({ code: "NO_SUCH_SYMBOL" })
  })
})

describe("the index", () => {
  test("status tells what is indexed", async () => {
    const status = await duck.call("index.status")
    expect(status).toMatchObject({ root, files: 5, commits: 1, gitAbsence: null, freshness: { isComplete: true } })
  })

  test("watch ends with the change that was waited for, which is then in the index", async () => {
    const heard: string[] = []
    const watching = duck.call(
      "index.watch",
      { changes: 1 },
      { onProgress: ({ message }) => heard.push(message ?? "") },
    )
    while (!heard.some((message) => message.startsWith("Watching")))
      await new Promise((resolve) => setImmediate(resolve))
    write("src/later.ts", "export function addedLater() {}\n")
    const { batches } = await watching
    expect(batches.flat()).toContain("src/later.ts")
    expect((await duck.call("search", { query: "addedLater" })).hits[0]).toMatchObject({ path: "src/later.ts" })
  })

  test("rebuild starts from nothing and ends with the same tree; a dry run leaves it", async () => {
    const before = await duck.call("index.status")
    const dry = await duck.call("index.rebuild", { dryRun: true })
    expect(dry).toMatchObject({ isDryRun: true, files: 6 })
    const phases = new Set<string>()
    const after = await duck.call("index.rebuild", {}, { onProgress: ({ phase }) => phases.add(phase) })
    expect(after).toMatchObject({
      isDryRun: false,
      files: 6,
      freshness: { tree: before.freshness.tree, isComplete: true },
    })
    expect(phases.size).toBeGreaterThan(0)
    expect((await duck.call("ask", { question: "what calls sameToken?" })).isFound).toBe(true)
  })

  test("a folder that is no project is refused by name", async () => {
    await expect(duck.call("index.status", {}, { project: "/" })).rejects.toMatchObject({ code: "NOT_A_PROJECT" })
  })

  test("an empty repository has an empty index, and a question to it gets an honest answer", async () => {
    const empty = join(server.home, "empty")
    mkdirSync(empty)
    execFileSync("git", ["init", "-q"], { cwd: empty })
    const status = await duck.call("index.status", {}, { project: empty })
    expect(status).toMatchObject({ root: empty, files: 0, commits: 0, gitAbsence: null })
    const answer = await duck.call("ask", { question: "where is anything" }, { project: empty })
    expect(answer).toMatchObject({ isFound: false })
  })

  test("a project that is no repository is searched all the same, and says that it has no history", async () => {
    const plain = join(server.home, "plain")
    mkdirSync(plain)
    writeFileSync(join(plain, "package.json"), "{}")
    writeFileSync(join(plain, "lamp.py"), "def switch_lamp():\n    return 1\n")
    const status = await duck.call("search", { query: "switch lamp" }, { project: plain })
    expect(status.hits[0]).toMatchObject({ path: "lamp.py", name: "switch_lamp" })
    const { gitAbsence, root } = await duck.call("index.status", {}, { project: plain })
    expect({ gitAbsence, root }).toEqual({ gitAbsence: "not-a-repository", root: plain })
  })
})

describe("settings", () => {
  test("set, get, list and path agree, for the person and for the project", async () => {
    const dry = await duck.call("config.set", { key: "search.limit", value: "7", dryRun: true })
    expect(dry).toMatchObject({ isDryRun: true, isChanged: true, before: "" })
    expect((await duck.call("config.get", { key: "search.limit" })).value).toBe(10)
    await duck.call("config.set", { key: "search.limit", value: "7" })
    await duck.call("config.set", { key: "search.limit", value: "3", scope: "project" })
    const got = await duck.run("config.get", { key: "search.limit" }, { rendering: { format: "text" } })
    expect(got).toMatchObject({ output: { value: 3, source: "project" }, rendered: "3\n" })
    const overridden = await duck.call("config.set", { key: "search.limit", value: "8" })
    expect(overridden.overriddenBy).toContain("project")
    const { settings } = await duck.call("config.list")
    expect(settings.find(({ key }) => key === "search.limit")).toMatchObject({
      where: `${join(root, ".duck/config.json")}:3`,
    })
    const { files } = await duck.call("config.path")
    expect(files.map(({ source, exists }) => [source, exists])).toEqual([
      ["user", true],
      ["project", true],
      ["local", false],
    ])
    await duck.call("config.set", { key: "search.limit", unset: true, scope: "project" })
    expect((await duck.call("config.get", { key: "search.limit" })).value).toBe(8)
  })

  test("what does not hold is refused", async () => {
    await expect(duck.call("config.set", { key: "search.limit" })).rejects.toMatchObject({ status: 400 })
    await expect(duck.call("config.set", { key: "serch.limit", value: "1" })).rejects.toMatchObject({
      code: "UNKNOWN_SETTING",
      message: expect.stringContaining("search.limit"),
    })
    await expect(duck.call("config.get", { key: "x" })).rejects.toMatchObject({ code: "UNKNOWN_SETTING" })
  })
})

describe("jobs", () => {
  test("are listed, shown, cancelled and retried", async () => {
    const { jobs } = server.host.fabric()
    const id = await jobs.enqueue({ queue: "test", kind: "wash", data: { car: 1 }, actor: "test" })
    const listed = await duck.call("jobs.list", { queue: "test" })
    expect(listed.jobs).toMatchObject([{ id, kind: "wash", state: "queued", attempt: 0 }])
    expect(await duck.call("jobs.cancel", { id, dryRun: true })).toMatchObject({ state: "queued", isDryRun: true })
    expect(await duck.call("jobs.cancel", { id })).toMatchObject({ state: "cancelled" })
    expect((await duck.call("jobs.list", { state: "cancelled" })).jobs.map((job) => job.id)).toEqual([id])
    expect(await duck.call("jobs.retry", { id })).toMatchObject({ state: "queued" })
    const shown = await duck.run("jobs.show", { id }, { rendering: { format: "text" } })
    expect(shown.output.history.map(({ type }) => type)).toContain("job.retried")
    expect(shown.rendered).toContain('{"car":1}')
    await expect(duck.call("jobs.show", { id: "none" })).rejects.toMatchObject({ status: 404 })
    await expect(duck.call("jobs.retry", { id })).rejects.toMatchObject({ status: 409 })
    await duck.call("jobs.cancel", { id })
  })
})

describe("the server itself", () => {
  test("status names the server, its projects and where one stands", async () => {
    const answer = await duck.run("status", {}, { rendering: { format: "text" } })
    expect(answer.output).toMatchObject({ pid: process.pid, address: server.url, data: server.home })
    expect(answer.output.projects).toContainEqual(expect.objectContaining({ root, isHere: true }))
    expect(answer.rendered).toContain(root)
  })

  test("health counts what the server depends on", async () => {
    const { isHealthy, checks } = await duck.call("health")
    expect(isHealthy).toBe(true)
    expect(checks.map(({ name }) => name)).toEqual(["log", "data folder", "settings"])
  })

  test("what changed something is in the audit, and the audit verifies", async () => {
    await duck.call("index.rebuild", { dryRun: true })
    await server.host.audit.flush()
    const { isIntact, logs } = await duck.call("audit.verify")
    expect(isIntact).toBe(true)
    const core = logs.find(({ log }) => log === "core")
    expect(core?.checked).toBeGreaterThan(2)
    expect(core?.tip.pos).toBe(core?.checked)
    await expect(duck.call("audit.verify", { log: "project.none" })).rejects.toMatchObject({ status: 404 })
  })

  test("help describes each command, version is the server's, and a terminal's commands say where they run", async () => {
    expect((await duck.call("help", { command: ["index", "rebuild"] })).commands).toMatchObject([
      { name: "index.rebuild" },
    ])
    expect((await duck.call("help", { command: ["index"] })).commands).toHaveLength(3)
    await expect(duck.call("help", { command: ["indx"] })).rejects.toMatchObject({ code: "UNKNOWN_COMMAND" })
    expect((await duck.call("version")).version).toBe(server.file.version)
    await expect(duck.call("serve")).rejects.toMatchObject({ code: "ONLY_AT_TERMINAL" })
    await expect(duck.call("completion", { shell: "zsh" })).rejects.toMatchObject({ code: "ONLY_AT_TERMINAL" })
  })
})
