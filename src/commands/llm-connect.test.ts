import { existsSync, globSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { duckClient } from "../clients/sdk/index.ts"
import { openFabric } from "../fabric/embedded/fabric.ts"
import { scriptedServer } from "../models/wire/scripted-server.testing.ts"
import { fileSink, logger } from "../observe/log.ts"
import { temporaryHome } from "../server/server.testing.ts"
import { startServer } from "../server/server.ts"
import { asText, homeOf, key, local, scripted, serverWith, settingsOf } from "./llm/llm.testing.ts"

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

test("who connected and disconnected what without a server is in the audit when there is one, without the key", async () => {
  const { home, folders, remove } = temporaryHome()
  onTestFinished(remove)
  const input = { provider: "work", url: "http://127.0.0.1:9/v1", keyStdin: true }
  await local(home, "llm.connect", input, { stdin: key })
  await local(home, "llm.connect", { ...input, check: false }, { stdin: key })
  await local(home, "llm.set-model", { provider: "work", model: "big", dryRun: true })
  await local(home, "llm.disconnect", { provider: "work" })
  const server = await startServer({ folders })
  await server.stop("what waited is taken in")
  const fabric = await openFabric({ folder: folders.data })
  const noted = fabric.store
    .scan("core", 0, 1_000)
    .flatMap(({ stream, events }) => (stream.startsWith("audit.") ? events.map(({ data }) => data) : []))
  await fabric.close()
  const by = (target: string, outcome: string, details: object) => ({
    action: "command.run",
    target,
    outcome,
    details: { folder: home, provider: "work", ...details },
  })
  expect(noted).toEqual([
    by("llm.connect", "failed", { code: "MODEL_UNREACHABLE" }),
    by("llm.connect", "done", {}),
    by("llm.set-model", "done", { model: "big", dryRun: true }),
    by("llm.disconnect", "done", {}),
  ])
  expect(allFiles(home)).not.toContain(key)
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
