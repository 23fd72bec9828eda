import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { type Clock, systemClock } from "../../base/clock.ts"
import { foldersOf } from "../../base/folders.ts"
import { type ConnectionOptions, noServer, type Request, runOnServer } from "./connection.ts"
import { echo, fakeServer, fakeServerProgram, temporaryFolder, writeServerFile } from "./fake-server.testing.ts"
import { command } from "./manifest.testing.ts"
import { findServer, isAlive, serverFileFrom } from "./server-file.ts"

const search = command("search")
const change = command("config.set", { permission: "write" })
const stop = command("stop", { startsServer: false, permission: "write" })
const missingPid = 2 ** 22 + 1

const request = (more: Partial<Request> = {}): Request => ({
  input: { n: 1 },
  project: "/p",
  rendering: { format: "text" },
  clientVersion: "1.2.3",
  signal: new AbortController().signal,
  ...more,
})

/** A data folder and a server program of its own; what was started in it is ended with it. */
function place(env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder()
  const data = join(folder.path, "data")
  const program = join(folder.path, "fake-server.mjs")
  writeFileSync(program, fakeServerProgram)
  const whole = { ...process.env, DUCK_HOME: data, ...env }
  const options: ConnectionOptions = { folders: foldersOf(whole), program, env: whole }
  const starts = () => readFileSync(join(data, "starts"), "utf8").trim().split("\n").map(Number)
  return {
    data,
    options,
    starts,
    [Symbol.dispose]() {
      for (const pid of readIfThere(starts)) if (isAlive(pid)) process.kill(pid, "SIGKILL")
      folder[Symbol.dispose]()
    },
  }
}

function readIfThere(starts: () => number[]): number[] {
  try {
    return starts()
  } catch {
    return []
  }
}

const pidOf = (answer: unknown) => (answer as { output: { pid: number } }).output.pid

test("a server that runs is used, and none is started", async () => {
  using here = place()
  await using server = await fakeServer(echo)
  writeServerFile(here.data, server.file())
  expect(await runOnServer(search, request(), here.options)).toMatchObject({ output: { echo: { n: 1 } } })
  expect(server.calls).toEqual(["search"])
})

test("where there is none, one is started and outlives the call", async () => {
  using here = place()
  const first = await runOnServer(search, request(), here.options)
  const second = await runOnServer(search, request(), here.options)
  expect(pidOf(second)).toBe(pidOf(first))
  expect(here.starts()).toEqual([pidOf(first)])
})

test("two at once end up with one server", async () => {
  using here = place()
  const answers = await Promise.all([1, 2, 3].map(() => runOnServer(search, request(), here.options)))
  expect(new Set(answers.map(pidOf)).size).toBe(1)
  expect(here.starts()).toHaveLength(1)
})

test("after kill -9 the next command starts another", async () => {
  using here = place()
  const first = pidOf(await runOnServer(search, request(), here.options))
  process.kill(first, "SIGKILL")
  const second = pidOf(await runOnServer(search, request(), here.options))
  expect(second).not.toBe(first)
})

test("a stale file is no server: dead process, other program on its port, unknown token", async () => {
  await using other = await fakeServer(echo, { token: "of somebody else" })
  let freePort: number
  {
    await using closed = await fakeServer(echo)
    freePort = closed.port
  }
  for (const stale of [{ pid: missingPid }, { port: freePort }, { token: "forgotten" }]) {
    using here = place()
    writeServerFile(here.data, other.file(stale))
    expect(pidOf(await runOnServer(search, request(), here.options))).toBe(here.starts()[0])
  }
})

test("a server that goes away in the middle is replaced for a question, not for a change", async () => {
  await using dying = await fakeServer(({ cut }) => cut())
  using asking = place()
  writeServerFile(asking.data, dying.file())
  expect(pidOf(await runOnServer(search, request(), asking.options))).toBe(asking.starts()[0])
  using changing = place()
  writeServerFile(changing.data, dying.file())
  await expect(runOnServer(change, request(), changing.options)).rejects.toMatchObject({ code: "SERVER_GONE" })
})

test("a server of another version is asked to stop and replaced", async () => {
  using here = place()
  await using older = await fakeServer(echo)
  writeServerFile(here.data, older.file({ version: "1.0.0" }))
  expect(pidOf(await runOnServer(search, request(), here.options))).toBe(here.starts()[0])
  expect(older.calls).toEqual(["stop"])
})

test("a server of another version that is at work is left alone, and said", async () => {
  using here = place()
  await using busy = await fakeServer(({ send }) =>
    send("error", { code: "SERVER_BUSY", message: "Two commands run.", status: 409 }),
  )
  writeServerFile(here.data, busy.file({ version: "1.0.0" }))
  await expect(runOnServer(search, request(), here.options)).rejects.toMatchObject({ code: "SERVER_BUSY", status: 503 })
  expect(busy.calls).toEqual(["stop"])
  await expect(runOnServer(stop, request(), here.options)).rejects.toMatchObject({ message: "Two commands run." })
})

test("stop answers when the server has left", async () => {
  using here = place()
  const pid = pidOf(await runOnServer(search, request(), here.options))
  await runOnServer(stop, request(), here.options)
  expect(isAlive(pid)).toBe(false)
})

test("a command that starts no server says that there is none", async () => {
  using here = place()
  expect(await runOnServer(stop, request(), here.options)).toBe(noServer)
})

test("a start that fails is told in the server's words, or with the end of its log", async () => {
  using refusing = place({ FAKE_MODE: "refuse" })
  await expect(runOnServer(search, request(), refusing.options)).rejects.toMatchObject({
    code: "DISK_FULL",
    message: "No space left.",
    hint: "Free some.",
  })
  using crashing = place({ FAKE_MODE: "crash" })
  const failure = runOnServer(search, request(), crashing.options)
  await expect(failure).rejects.toMatchObject({ code: "SERVER_START", status: 503 })
  await expect(failure).rejects.toThrow(/exit code 1.*boom at start/s)
})

test("a folder that is held by nobody we can reach is said in the end", async () => {
  using here = place()
  writeServerFile(here.data, { pid: missingPid, port: 1, token: "t", version: "1.2.3", startedAt: "", instance: "i" })
  writeFileSync(join(here.data, "lock"), String(process.pid))
  let nowMs = 0
  const clock: Clock = {
    now: () => nowMs,
    async sleep(ms, signal) {
      await systemClock.sleep(ms, signal)
      // Only the waits after a refused start count, so that a slow machine does not end the test early.
      if (ms > 50) nowMs += 1000
    },
  }
  const failure = runOnServer(search, request(), { ...here.options, clock, timeoutMs: 1500 })
  await expect(failure).rejects.toMatchObject({ code: "FOLDER_HELD", message: `Held by ${process.pid}.` })
})

test("an interrupt while the server comes up is heard", async () => {
  using here = place()
  writeServerFile(here.data, { pid: missingPid, port: 1, token: "t", version: "1.2.3", startedAt: "", instance: "i" })
  writeFileSync(join(here.data, "lock"), String(process.pid))
  const controller = new AbortController()
  const options = { ...here.options, onWait: () => controller.abort() }
  await expect(runOnServer(search, request({ signal: controller.signal }), options)).rejects.toMatchObject({
    code: "CANCELLED",
  })
})

test("another server is used as it is: nothing is started, its failure is told", async () => {
  using here = place()
  await using remote = await fakeServer(echo)
  const options = { ...here.options, remote: { url: remote.url, token: "secret" } }
  expect(await runOnServer(search, request(), options)).toMatchObject({ output: { echo: { n: 1 } } })
  const wrong = { ...here.options, remote: { url: remote.url, token: "wrong" } }
  await expect(runOnServer(search, request(), wrong)).rejects.toMatchObject({ code: "SERVER_GONE" })
  expect(findServer(here.data)).toBeUndefined()
})

test("what is no server file is none", () => {
  const good = { pid: 1, port: 80, token: "t", version: "1", startedAt: "", instance: "i" }
  expect(serverFileFrom(JSON.stringify(good))).toEqual(good)
  const bad = [
    { port: 0 },
    { port: 70_000 },
    { pid: -1 },
    { pid: "1" },
    { token: "a\r\nb" },
    { token: "" },
    { instance: 1 },
  ]
  for (const more of bad) expect(serverFileFrom(JSON.stringify({ ...good, ...more }))).toBeUndefined()
  for (const text of ["", "{", "null", "[]", "7"]) expect(serverFileFrom(text)).toBeUndefined()
})
