import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { auditLog, auditStreamOf } from "../access/audit.ts"
import { manualClock } from "../base/clock.ts"
import { eventsOf, type ServerUnderTest, serverUnderTest, temporaryHome } from "./server.testing.ts"
import { startServer } from "./server.ts"
import { readServerFile } from "./server-file.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
async function started(options: Parameters<typeof serverUnderTest>[0] = {}): Promise<ServerUnderTest> {
  const server = await serverUnderTest(options)
  cleanups.push(server.end)
  return server
}
function homeOf() {
  const home = temporaryHome()
  cleanups.push(home.remove)
  return home
}
const program = join(import.meta.dirname, "duck-server.ts")

/** The server as its own process, on `home`. */
function launch(home: string, args: string[] = []) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, DUCK_HOME: home } })
  cleanups.push(() => child.kill("SIGKILL"))
  let output = ""
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text))
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text))
  const ended = once(child, "close").then(([code]) => code as number | null)
  return {
    pid: child.pid,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    ended,
    output: () => output,
    listening: async () => {
      while (!output.includes("listens on")) {
        if (child.exitCode !== null) throw new Error(output)
        await Promise.race([once(child.stdout, "data"), ended])
      }
    },
    startError: () => JSON.parse(output.trim().split("\n").at(-1) ?? "").startError,
  }
}

describe("server.json", () => {
  test("names the server while it listens, for its owner alone, and is gone after it", async () => {
    const server = await started()
    const path = join(server.home, "server.json")
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(server.file)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await server.stop("test")
    expect(existsSync(path)).toBe(false)
  })

  test("a stale or broken one is no hindrance", async () => {
    const { home, folders } = homeOf()
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, "server.json"), '{"pid": 999999, "port"')
    const server = await startServer({ folders, env: {} })
    expect(readServerFile(home)).toEqual(server.file)
    await server.stop("test")
  })

  test("a server that stops leaves the file of its successor alone", async () => {
    const server = await started()
    writeFileSync(join(server.home, "server.json"), JSON.stringify({ ...server.file, instance: "another" }))
    await server.stop("test")
    expect(readServerFile(server.home)?.instance).toBe("another")
  })
})

describe("what stands in the way of a start", () => {
  test("a second server on the folder is told who has it", async () => {
    const server = await started()
    const second = launch(server.home)
    expect(await second.ended).toBe(3)
    expect(second.startError()).toMatchObject({
      code: "FOLDER_HELD",
      message: expect.stringContaining(`process ${process.pid}`),
      details: { holder: { pid: process.pid, address: server.url } },
    })
    expect((await server.call("health")).exitCode).toBe(0)
  })

  test("after kill -9 the next one starts at once", async () => {
    const { home } = homeOf()
    const first = launch(home)
    await first.listening()
    first.kill("SIGKILL")
    await first.ended
    expect(readServerFile(home)?.pid).toBe(first.pid)
    const second = launch(home)
    await second.listening()
    expect(readServerFile(home)?.pid).toBe(second.pid)
  })

  test("a port in use is named; with none asked for, any free one is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    cleanups.push(() => other.close())
    await once(other, "listening")
    const address = other.address()
    const port = typeof address === "object" && address ? address.port : 0
    const { home, folders } = homeOf()
    const flags = { "server.port": port }
    await expect(startServer({ folders, env: {}, flags })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      status: 503,
      message: expect.stringContaining(String(port)),
    })
    // The folder is free again after the failed start.
    const server = await startServer({ folders, env: {} })
    expect(server.file.port).not.toBe(port)
    await server.stop("test")
    const asProcess = launch(home, ["--port", String(port)])
    expect(await asProcess.ended).toBe(3)
    expect(asProcess.startError()).toMatchObject({ code: "PORT_IN_USE" })
  })

  test("flags that make no sense end with exit code 2", async () => {
    const wrong = launch(homeOf().home, ["--port", "many"])
    expect(await wrong.ended).toBe(2)
    expect(wrong.startError()).toMatchObject({ code: "INVALID_INPUT" })
    const unknown = launch(homeOf().home, ["--prot", "1"])
    expect(await unknown.ended).toBe(2)
    expect(unknown.startError()).toMatchObject({ message: expect.stringContaining("--prot") })
  })

  test("a data folder that is a file is named", async () => {
    const { folders, home } = homeOf()
    const path = join(home, "file")
    writeFileSync(path, "")
    await expect(startServer({ folders: { ...folders, data: path }, env: {} })).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining(path),
    })
  })

  test.skipIf(process.getuid?.() === 0)("a data folder that can't be written is named (not as root)", async () => {
    const { folders, home } = homeOf()
    chmodSync(home, 0o500)
    await expect(startServer({ folders, env: {} })).rejects.toMatchObject({ code: "FOLDER_READ_ONLY" })
  })

  test("a token file that others can read keeps the server from starting", async () => {
    const { folders, home } = homeOf()
    writeFileSync(join(home, "token"), "duck_x", { mode: 0o644 })
    await expect(startServer({ folders, env: {} })).rejects.toMatchObject({ code: "TOKEN_FILE_UNSAFE" })
  })

  const canMount = process.getuid?.() === 0 && mounts()
  test.skipIf(!canMount)("a full disk and a read-only one are named (needs root and tmpfs)", async () => {
    const { home, folders } = homeOf()
    const data = join(home, "disk")
    mkdirSync(data)
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", data])
    cleanups.push(() => execFileSync("umount", ["-l", data]))
    await expect(startServer({ folders: { ...folders, data }, env: {} })).rejects.toMatchObject({ code: "DISK_FULL" })
    for (const name of ["token", "server.json", "holder.json"]) expect(existsSync(join(data, name))).toBe(false)
    execFileSync("mount", ["-o", "remount,ro", data])
    const readOnly = startServer({ folders: { ...folders, data }, env: {} })
    await expect(readOnly).rejects.toMatchObject({
      code: "FOLDER_READ_ONLY",
      hint: expect.stringContaining("DUCK_HOME"),
    })
  })
})

describe("stopping", () => {
  test("a command that ends in time is answered, and then the folder is free", async () => {
    const server = await started()
    const waiting = server.call("try.wait")
    await server.tried.until(() => server.tried.started.length === 1)
    const stopping = server.stop("test")
    await expect(fetch(`${server.url}/ready`)).rejects.toThrow()
    server.tried.release()
    expect(await waiting).toMatchObject({ output: {}, exitCode: 0 })
    await stopping
    const next = await startServer({ folders: server.host.folders, env: {} })
    await next.stop("test")
  })

  test("a command that does not end is cancelled with a reason, even if it does not listen", async () => {
    const server = await started({ graceMs: 10 })
    const deaf = server.post("try.wait", { isDeaf: true }, { accept: "text/event-stream" })
    await server.tried.until(() => server.tried.started.length === 1)
    const stopping = server.stop("test")
    const events = await Array.fromAsync(eventsOf(await deaf))
    expect(events.at(-1)).toMatchObject({ event: "error", data: { code: "SERVER_STOPPING", status: 503 } })
    await stopping
  })

  test("a second stop does not wait", async () => {
    const server = await started({ graceMs: 3_600_000 })
    const waiting = server.post("try.wait", {})
    await server.tried.until(() => server.tried.started.length === 1)
    const stopping = server.stop("once")
    server.stop("twice")
    expect((await waiting).status).toBe(503)
    await stopping
  })

  test("whoever is connected is told with 1001", async () => {
    const server = await started()
    const socket = server.rpc()
    await once(socket, "open")
    const closed = once(socket, "close")
    await server.stop("test")
    expect((await closed)[0]).toBe(1001)
  })

  test("the command `stop` answers and then stops, and is in the audit", async () => {
    const server = await started()
    const stream = () => [...server.host.fabric().store.stream(auditLog, auditStreamOf(Date.now()))]
    expect((await server.call("stop", { dryRun: true })).output).toMatchObject({ isStopping: false })
    await server.host.audit.flush()
    expect(JSON.stringify(stream())).toContain('"target":"stop"')
    expect((await server.call("stop")).output).toMatchObject({ isStopping: true, pid: process.pid })
    await server.closed
    await expect(fetch(`${server.url}/health`)).rejects.toThrow()
  })

  test("`stop --if-idle` leaves a busy server alone", async () => {
    const server = await started()
    const socket = server.rpc()
    await once(socket, "open")
    const refused = await server.post("stop", { ifIdle: true })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: "SERVER_BUSY", details: { connections: 1 } } })
    const left = once(socket, "close")
    socket.close()
    await left
    // The server's end of the connection closes a moment after ours.
    while (server.host.server?.connections() !== 0) await new Promise((resolve) => setImmediate(resolve))
    expect((await server.call("stop", { ifIdle: true })).output).toMatchObject({ isStopping: true })
    await server.closed
  })

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends the process with code 0 and leaves nothing behind",
    async (signal) => {
      const { home } = homeOf()
      const server = launch(home)
      await server.listening()
      server.kill(signal)
      expect(await server.ended).toBe(0)
      expect(existsSync(join(home, "server.json"))).toBe(false)
      expect(readFileSync(join(home, "state", "server.log"), "utf8")).toContain("server stopped")
      rmSync(home, { recursive: true })
    },
  )
})

describe("idle", () => {
  test("a server that nobody uses stops by itself", async () => {
    const clock = manualClock()
    const server = await started({ clock, flags: { "server.idleMinutes": 10 } })
    clock.advance(9 * 60_000)
    await server.call("try.echo", { text: "still here" })
    clock.advance(9 * 60_000)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    await sleeping(clock)
    clock.advance(2 * 60_000)
    await server.closed
  })

  test("a connected client counts as use, a running command too", async () => {
    const clock = manualClock()
    const server = await started({ clock, flags: { "server.idleMinutes": 10 } })
    const socket = server.rpc()
    await once(socket, "open")
    clock.advance(60 * 60_000)
    await sleeping(clock)
    expect((await server.call("health")).exitCode).toBe(0)
    socket.close()
    while (server.host.server?.connections() !== 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(11 * 60_000)
    await server.closed
  })

  test("a job that runs counts as use", async () => {
    const clock = manualClock()
    const server = await started({ clock, flags: { "server.idleMinutes": 10 } })
    const { jobs } = server.host.fabric()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const { promise: finish, resolve: finished } = Promise.withResolvers<void>()
    jobs.work("test", {}, async () => {
      begin()
      await finish
      return {}
    })
    const id = await jobs.enqueue({ queue: "test", kind: "long", data: {}, actor: "test" })
    await begun
    clock.advance(11 * 60_000)
    await sleeping(clock)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    finished()
    await jobs.finished(id)
    clock.advance(22 * 60_000)
    await server.closed
  })

  test("a server whose data folder was taken away ends, since nobody can find it", async () => {
    const clock = manualClock()
    const server = await started({ clock, flags: { "server.idleMinutes": 0 } })
    rmSync(join(server.home, "server.json"))
    clock.advance(61_000)
    await server.closed
  })

  test("with 0 it never does", async () => {
    const clock = manualClock()
    const server = await started({ clock, flags: { "server.idleMinutes": 0 } })
    clock.advance(400 * 24 * 3_600_000)
    expect((await server.call("health")).exitCode).toBe(0)
  })

  /** The watch for idleness looks again after each wake-up: wait until it sleeps. */
  async function sleeping(clock: ReturnType<typeof manualClock>) {
    while (clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve))
  }
})

function mounts(): boolean {
  const { home, remove } = temporaryHome()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", home], { stdio: "ignore" })
    execFileSync("umount", [home])
    return true
  } catch {
    return false
  } finally {
    remove()
  }
}
