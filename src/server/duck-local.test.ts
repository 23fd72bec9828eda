import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { LocalRequest } from "../base/wire.ts"
import { runLocal } from "./local.ts"
import { temporaryHome } from "./server.testing.ts"

let home: string
let remove: () => void
beforeEach(() => ({ home, remove } = temporaryHome()))
afterEach(() => remove())

const program = join(import.meta.dirname, "duck-local.ts")
type Request = Partial<LocalRequest> | string

function argumentOf(request: Request): string {
  const full = { name: "config.list", input: {}, project: home, rendering: { format: "text" } }
  return typeof request === "string" ? request : JSON.stringify({ ...full, ...request })
}

/** As the command line starts it. */
function inProcess(request: Request, input = "") {
  const env = { ...process.env, DUCK_HOME: join(home, "data") }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, argumentOf(request)], {
    env,
    input,
    encoding: "utf8",
  })
  return { status, stdout, stderr }
}

/** The same without the process around it. */
async function local(request: Request) {
  let [stdout, stderr] = ["", ""]
  const status = await runLocal(argumentOf(request), {
    env: { ...process.env, DUCK_HOME: join(home, "data") },
    stdin: Readable.from([]),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
  })
  return { status, stdout, stderr }
}

test("a command that needs no server runs and prints what was asked for", async () => {
  expect(inProcess({})).toMatchObject({ status: 0, stdout: expect.stringContaining("search.limit"), stderr: "" })
  const asJson = await local({ name: "config.get", input: { key: "search.limit" }, rendering: { format: "json" } })
  expect(JSON.parse(asJson.stdout)).toMatchObject({ key: "search.limit", value: 10 })
})

test("a key is read from standard input, and kept encrypted", () => {
  const key = ["sk-", "0123456789-never-to-be-seen"].join("")
  const input = { provider: "work", url: "http://127.0.0.1:9/v1", keyStdin: true, check: false }
  const connected = inProcess({ name: "llm.connect", input, rendering: { format: "json" } }, `${key}\n`)
  expect(connected.status).toBe(0)
  expect(JSON.parse(connected.stdout)).toMatchObject({ provider: "work", key: "stored" })
  expect(connected.stdout + connected.stderr).not.toContain(key)
  expect(readFileSync(join(home, "data", "secrets.json"), "utf8")).not.toContain(key)
})

test("settings can be mended where they keep the server from starting", async () => {
  const path = join(home, "data", "config", "config.json")
  mkdirSync(join(home, "data", "config"), { recursive: true })
  writeFileSync(path, '{ "server": { "port": 80 } }')
  expect((await local({ name: "config.set", input: { key: "server.port", unset: true } })).status).toBe(0)
  expect((await local({ name: "config.get", input: { key: "server.port" } })).stdout).toBe("0\n")
})

test("errors go to stderr with the exit code of their kind, or as JSON to stdout", async () => {
  const wrong = inProcess({ name: "config.get", input: { key: "serch.limit" } })
  expect(wrong).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("search.limit") })
  expect(wrong.stderr).not.toContain(".ts:")
  const asJson = await local({ name: "config.get", input: { key: "x" }, rendering: { format: "json" } })
  expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: "UNKNOWN_SETTING" } })
  expect((await local({ name: "config.get", input: { key: "x" }, isDebug: true })).stderr).toContain("config-get.ts")
})

test("a command that needs the server says so", async () => {
  expect(await local({ name: "jobs.list" })).toMatchObject({ status: 3, stderr: expect.stringContaining("server") })
  expect(await local({ name: "status" })).toMatchObject({ status: 3, stderr: expect.stringContaining("server") })
})

test("a request that is none is refused", async () => {
  for (const request of ["", "{", "[]", '{"name":1}']) expect((await local(request)).status).toBe(2)
})
