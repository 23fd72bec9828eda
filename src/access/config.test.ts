import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { foldersOf } from "../base/folders.ts"
import { configReader } from "./config-reader.ts"
import { changeConfig } from "./config-write.ts"
import { settingKeys, settings, variableOf } from "./settings.ts"

let home: string
let project: string
const userFile = () => join(home, "config", "config.json")
const projectFile = () => join(project, ".duck", "config.json")
const localFile = () => join(project, ".duck", "config.local.json")
const reader = (env: NodeJS.ProcessEnv = {}, flags = {}) =>
  configReader({ folders: foldersOf({ DUCK_HOME: home }), env, flags })

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), "duck-config-"))
  home = join(base, "home")
  project = join(base, "project")
  mkdirSync(join(home, "config"), { recursive: true })
  mkdirSync(join(project, ".duck"), { recursive: true })
  mkdirSync(join(project, "src"))
})
afterEach(() => rmSync(join(home, ".."), { recursive: true, force: true }))

test("without any file every setting has its default", () => {
  const config = reader().load(project)
  expect(config.values["server.idleMinutes"]).toBe(30)
  expect(config.entries.every(({ source }) => source === "default")).toBe(true)
  expect(config.warnings).toEqual([])
})

test("every default is a value that its own schema takes", () => {
  for (const key of settingKeys) expect(settings[key].schema.safeParse(settings[key].default).success).toBe(true)
})

test("each layer wins over the ones before it, and says where the value stands", () => {
  const limit = (config = reader().load(join(project, "src"))) =>
    config.entries.find(({ key }) => key === "search.limit") ?? expect.fail()
  writeFileSync(userFile(), '{\n  // mine\n  "search": { "limit": 11 }\n}')
  expect(limit()).toMatchObject({ value: 11, source: "user", where: `${userFile()}:3` })
  writeFileSync(projectFile(), '{ "search.limit": 12 }')
  expect(limit()).toMatchObject({ value: 12, source: "project", where: `${projectFile()}:1` })
  writeFileSync(localFile(), '{ "search": { "limit": 13 } }')
  expect(limit()).toMatchObject({ value: 13, source: "local" })
  const env = { DUCK_SEARCH_LIMIT: "14" }
  expect(limit(reader(env).load(project))).toMatchObject({
    value: 14,
    source: "environment",
    where: "DUCK_SEARCH_LIMIT",
  })
  expect(limit(reader(env, { "search.limit": 15 }).load(project))).toMatchObject({ value: 15, source: "flag" })
})

test("a project can't move the server or open it to a web page", () => {
  writeFileSync(projectFile(), '{ "server": { "port": 1, "allowedOrigins": ["https://evil.example"] } }')
  const config = reader().load(project)
  expect(config.values["server.port"]).toBe(0)
  expect(config.values["server.allowedOrigins"]).toEqual([])
  expect(config.warnings).toHaveLength(2)
})

test("a file that is not JSON is named with line and column, and what it last held still counts", () => {
  const config = reader()
  writeFileSync(userFile(), '{ "search": { "limit": 20 } }')
  expect(config.load().values["search.limit"]).toBe(20)
  writeFileSync(userFile(), '{\n  "search": { "limit": 2')
  const after = config.load()
  expect(after.values["search.limit"]).toBe(20)
  expect(after.warnings).toMatchObject([{ where: `${userFile()}:2:25`, message: expect.stringContaining("last held") }])
  expect(reader().load().values["search.limit"]).toBe(10)
})

test("an unknown key and a wrong value are warned of by line, the rest of the file holds", () => {
  writeFileSync(userFile(), '{\n "search": { "limit": 5, "limits": 6 },\n "server": { "port": "x" },\n "log": 1 }')
  const { values, warnings } = reader().load()
  expect(values["search.limit"]).toBe(5)
  expect(warnings.map(({ where }) => where.replace(userFile(), ""))).toEqual([":2:26", ":3:14", ":4:2"])
  expect(warnings[0]?.message).toContain("Did you mean `search.limit`?")
})

test("a settings file that is a folder, a device or unreadable never stops anything", () => {
  mkdirSync(userFile())
  expect(reader().load().warnings).toMatchObject([{ message: expect.stringContaining("is not a file") }])
  rmSync(userFile(), { recursive: true })
  symlinkSync("/dev/zero", userFile())
  expect(reader().load().warnings).toMatchObject([{ message: expect.stringContaining("is not a file") }])
})

test("a variable with a value that does not hold is warned of by its name", () => {
  const { values, warnings } = reader({ DUCK_SERVER_IDLE_MINUTES: "soon" }).load()
  expect(values["server.idleMinutes"]).toBe(30)
  expect(warnings).toMatchObject([{ where: "DUCK_SERVER_IDLE_MINUTES" }])
  expect(new Set(settingKeys.map(variableOf)).size).toBe(settingKeys.length)
})

const change = (key: string, value: unknown, isDryRun = false) =>
  changeConfig({ path: userFile(), source: "user", key, value, isDryRun })

test("setting a value keeps comments, mode and link of the file; a dry run writes nothing", async () => {
  const elsewhere = join(home, "dotfiles.json")
  writeFileSync(elsewhere, "{\n  // mine\n}\n")
  chmodSync(elsewhere, 0o640)
  symlinkSync(elsewhere, userFile())
  const dry = await change("search.limit", 3, true)
  expect(dry.after).toContain('"limit": 3')
  expect(readFileSync(userFile(), "utf8")).toBe(dry.before)
  await change("search.limit", 3)
  expect(readFileSync(elsewhere, "utf8")).toContain("// mine")
  expect(statSync(elsewhere).mode & 0o777).toBe(0o640)
  expect(reader().load().values["search.limit"]).toBe(3)
  await change("search.limit", undefined)
  expect(reader().load().values["search.limit"]).toBe(10)
})

test("a wrong key, a wrong value, a wrong place and a broken file are refused and nothing changes", async () => {
  await expect(change("search.limt", 3)).rejects.toMatchObject({ code: "UNKNOWN_SETTING" })
  await expect(change("search.limit", 0)).rejects.toMatchObject({ code: "INVALID_SETTING" })
  await expect(
    changeConfig({ path: projectFile(), source: "project", key: "server.port", value: 1, isDryRun: false }),
  ).rejects.toMatchObject({ code: "INVALID_SETTING" })
  writeFileSync(userFile(), "{ broken")
  await expect(change("search.limit", 3)).rejects.toMatchObject({ code: "INVALID_CONFIG_FILE" })
  expect(readFileSync(userFile(), "utf8")).toBe("{ broken")
})

const providers = () => reader().load().values["llm.providers"]
const connect = (name: string, value: unknown, path: string[] = []) =>
  changeConfig({
    path: userFile(),
    source: "user",
    key: "llm.providers",
    inside: [name, ...path],
    value,
    isDryRun: false,
  })

test("one entry of a setting that has many is changed without touching the others", async () => {
  writeFileSync(userFile(), '{ "llm": { "providers": {\n  // mine\n  "a": { "kind": "openai" } } } }')
  await connect("b", { kind: "ollama" })
  await connect("a", "gpt-x", ["model"])
  expect(providers()).toEqual({ a: { kind: "openai", model: "gpt-x" }, b: { kind: "ollama" } })
  expect(readFileSync(userFile(), "utf8")).toContain("// mine")
  await connect("a", undefined)
  expect(providers()).toEqual({ b: { kind: "ollama" } })
  await expect(connect("c", { kind: "abacus" })).rejects.toMatchObject({
    code: "INVALID_SETTING",
    message: expect.stringContaining("c: kind"),
  })
  await expect(connect("Not A Name", { kind: "ollama" })).rejects.toMatchObject({ code: "INVALID_SETTING" })
  expect(providers()).toEqual({ b: { kind: "ollama" } })
})

test("a key written as one word is changed where it stands", async () => {
  writeFileSync(userFile(), '{ "search.limit": 3 }')
  await change("search.limit", 4)
  expect(readFileSync(userFile(), "utf8")).toBe('{ "search.limit": 4 }')
})

test("a project may choose a model, and can't say where prompts or keys are sent", () => {
  const evil = { evil: { kind: "openai-chat", url: "https://evil.example/v1" } }
  writeFileSync(projectFile(), JSON.stringify({ llm: { model: "small", providers: evil, budgets: {} } }))
  const { values, warnings } = reader().load(project)
  expect(values["llm.model"]).toBe("small")
  expect(values["llm.providers"]).toEqual({})
  expect(warnings.map(({ message }) => message.split(" ")[0])).toEqual(["llm.providers", "llm.budgets"])
})

test("a key that would stand in a settings file in clear is refused", async () => {
  const kind = "openai-chat"
  await expect(connect("a", { kind, headers: { Authorization: "Bearer x" } })).rejects.toMatchObject({
    message: expect.stringContaining("duck llm connect"),
  })
  await expect(connect("a", { kind, url: "https://me:secret@example.com/v1" })).rejects.toMatchObject({
    code: "INVALID_SETTING",
  })
  await expect(connect("a", { kind, url: "file:///etc/passwd" })).rejects.toMatchObject({ code: "INVALID_SETTING" })
  await connect("a", { kind, url: "https://example.com/v1", headers: { "X-Team": "blue" } })
})
