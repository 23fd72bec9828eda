import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openAudit } from "../access/audit.ts"
import { configReader } from "../access/config-reader.ts"
import { keyFile } from "../access/keyring.ts"
import { openSecrets } from "../access/secrets.ts"
import { loadToken, tokenPathOf } from "../access/token.ts"
import { systemClock } from "../base/clock.ts"
import { foldersOf } from "../base/folders.ts"
import { openFabric } from "../fabric/embedded/fabric.ts"
import { noModels } from "../models/no-models.ts"
import { silentLogger } from "../observe/log.ts"
import { startServer } from "../server/server.ts"
import type { Host } from "./context.ts"
import { doctor } from "./doctor.ts"
import { pipeline } from "./pipeline.ts"

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "duck-doctor-"))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const folders = () => foldersOf({ DUCK_HOME: join(home, "data") })
const data = (...names: string[]) => join(home, "data", ...names)

async function examine(input: { fix?: boolean; recover?: boolean; dryRun?: boolean } = {}) {
  const host: Host = {
    folders: folders(),
    env: {},
    clock: systemClock,
    logger: silentLogger,
    config: configReader({ folders: folders(), env: {} }),
    audit: { record: async () => 0, note: () => {}, flush: async () => {} },
    fabric: () => expect.fail("the doctor works without a server"),
    projects: { open: () => expect.fail(), rebuild: () => expect.fail(), list: () => [] },
    languageServers: { open: () => expect.fail(), running: () => undefined, status: () => expect.fail() },
    checkpoints: { use: () => expect.fail() },
    models: noModels(() => expect.fail()),
    assistant: () => expect.fail(),
    rules: () => expect.fail(),
    server: undefined,
  }
  const { output, exitCode } = await pipeline({ doctor }, host).run({
    name: "doctor",
    input,
    folder: home,
    actor: { id: "owner", permission: "admin" },
    signal: new AbortController().signal,
    via: "test",
  })
  const { isWell, checks } = doctor.output.parse(output)
  return { isWell, exitCode, checks, named: (name: string) => checks.filter((check) => check.name === name) }
}

/** A data folder with some commits in its log. */
async function filled(commits = 50) {
  const fabric = await openFabric({ folder: data() })
  const audit = openAudit({ sequencer: fabric.sequencer, node: fabric.node, logger: silentLogger })
  for (let n = 0; n < commits; n++) await audit.record({ actor: "test", action: "x", target: `${n}`, outcome: "done" })
  await fabric.close()
}

test("where nothing is yet all is well, and nothing is made by looking", async () => {
  const { isWell, exitCode, named } = await examine()
  expect({ isWell, exitCode }).toEqual({ isWell: true, exitCode: 0 })
  expect(named("data folder")).toMatchObject([{ state: "note" }])
  expect(named("parser")).toMatchObject([{ state: "ok" }])
  expect(existsSync(data())).toBe(false)
})

test("a sound folder is found sound, with every log's commits counted", async () => {
  await filled()
  const { isWell, named } = await examine()
  expect(named("log core")).toMatchObject([{ state: "ok", says: expect.stringMatching(/^5\d commits/) }])
  expect(isWell).toBe(true)
})

test("a running server is seen and left alone", async () => {
  const server = await startServer({ folders: folders(), env: {} })
  try {
    await server.host.audit.record({ actor: "test", action: "x", target: "y", outcome: "done" })
    const { named, isWell } = await examine({ fix: true, recover: true })
    expect(named("server")).toMatchObject([{ state: "ok", says: expect.stringContaining(`process ${process.pid}`) }])
    expect(isWell).toBe(true)
    expect(server.host.fabric().store.tip("core").pos).toBeGreaterThan(0)
  } finally {
    await server.stop("test")
  }
})

test("a server file that names a dead server is found, and removed with --fix", async () => {
  await filled(1)
  const stale = { pid: 999_999, port: 1, token: "x", version: "0.0.0", startedAt: "", instance: "gone" }
  writeFileSync(data("server.json"), JSON.stringify(stale))
  expect((await examine()).named("server file")).toMatchObject([{ state: "problem", repair: "offered" }])
  expect((await examine({ fix: true, dryRun: true })).exitCode).toBe(1)
  expect(existsSync(data("server.json"))).toBe(true)
  expect((await examine({ fix: true })).named("server file")).toMatchObject([{ state: "ok", repair: "done" }])
  expect(existsSync(data("server.json"))).toBe(false)
})

test("a folder held by someone who does not answer is named with its process", async () => {
  const fabric = await openFabric({ folder: data() })
  try {
    const { named } = await examine({ fix: true, recover: true })
    expect(named("lock")).toMatchObject([{ state: "problem", says: expect.stringContaining(String(process.pid)) }])
  } finally {
    await fabric.close()
  }
})

test("rights that are too wide and a token that others know are mended", async () => {
  await filled(1)
  loadToken(data())
  chmodSync(data(), 0o755)
  chmodSync(tokenPathOf(data()), 0o644)
  const { named, exitCode } = await examine()
  expect(exitCode).toBe(1)
  expect(named("data folder")).toMatchObject([{ state: "problem", repair: "offered" }])
  expect(named("token")).toMatchObject([{ state: "problem", repair: "offered" }])
  expect((await examine({ fix: true })).isWell).toBe(true)
  expect(statSync(data()).mode & 0o777).toBe(0o700)
  expect(existsSync(tokenPathOf(data()))).toBe(false)
})

test("temporary files of dead processes are removed, those of living ones stay", async () => {
  await filled(1)
  const old = data("server.json.01ARZ.tmp")
  writeFileSync(old, "")
  utimesSync(old, 1_000, 1_000)
  writeFileSync(data("token.02ARZ.tmp"), "")
  expect((await examine()).named("left over")).toMatchObject([{ says: expect.stringMatching(/^1 temporary file/) }])
  await examine({ fix: true })
  expect([existsSync(old), existsSync(data("token.02ARZ.tmp"))]).toEqual([false, true])
})

test("a damaged log is found, left alone by --fix, and recovered with --recover; the old file is kept", async () => {
  await filled(300)
  const path = logFile()
  truncateSync(path, Math.floor(statSync(path).size / 2))
  const damagedBytes = readFileSync(path)
  expect((await examine({ fix: true })).named("log core")).toMatchObject([{ state: "problem", repair: "offered" }])
  expect(readFileSync(path).equals(damagedBytes)).toBe(true)
  const { isWell, named } = await examine({ recover: true })
  expect(named("log core")).toMatchObject([{ state: "ok", repair: "done", advice: expect.stringContaining("damaged") }])
  expect(isWell).toBe(true)
  expect((await examine()).isWell).toBe(true)
})

test("a damaged index is found, and removed with --fix: it is built anew", async () => {
  await filled(1)
  mkdirSync(data("indexes", "abc"), { recursive: true })
  writeFileSync(data("indexes", "abc", "index.db"), "this is no database, by a long way")
  expect((await examine()).named("index")).toMatchObject([{ state: "problem", repair: "offered" }])
  expect((await examine({ fix: true })).named("index")).toMatchObject([{ state: "ok", repair: "done" }])
  expect(existsSync(data("indexes", "abc"))).toBe(false)
})

test("a settings file with a mistake is named with its place", async () => {
  mkdirSync(folders().config, { recursive: true, mode: 0o700 })
  chmodSync(data(), 0o700)
  writeFileSync(join(folders().config, "config.json"), '{\n "search": { "limit": 0 } }')
  expect((await examine()).named("settings")).toMatchObject([
    { state: "problem", says: expect.stringContaining("config.json:2:") },
  ])
})

test("a data folder that is a file is a problem, not a crash", async () => {
  writeFileSync(data(), "")
  const { isWell, named } = await examine({ fix: true, recover: true })
  expect(isWell).toBe(false)
  expect(named("data folder")).toMatchObject([{ state: "problem" }])
})

function logFile(): string {
  for (const name of ["logs/core.db", "core.db", "log/core.db"]) if (existsSync(data(name))) return data(name)
  throw new Error("The file of the core log was not found.")
}

test("kept keys of providers are counted, and one that can't be read is a problem", async () => {
  expect((await examine()).named("secrets")).toEqual([])
  const secrets = openSecrets({ folder: folders().data, stores: () => [keyFile(folders().data)] })
  secrets.set("provider.one", "sk-one")
  expect((await examine()).named("secrets")).toMatchObject([{ state: "ok", says: expect.stringContaining("1 key") }])
  rmSync(join(folders().data, "secrets.key"))
  expect((await examine()).named("secrets")).toMatchObject([
    { state: "problem", advice: expect.stringContaining("copy") },
  ])
})

test("how an agent's programs are held is said, whatever there is", async () => {
  const { named } = await examine()
  const [check] = named("programs")
  expect(check?.state === "ok" || check?.advice?.includes("bubblewrap")).toBe(true)
  expect(check?.says).toMatch(/processes? .*limited/)
})
