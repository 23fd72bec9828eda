import { once } from "node:events"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import { version } from "../base/version.ts"
import { eventsOf, type ServerUnderTest, serverUnderTest } from "./server.testing.ts"

let server: ServerUnderTest
beforeAll(async () => {
  server = await serverUnderTest()
})
afterAll(() => server.end())

describe("commands", () => {
  test("a command answers with its output, rendered as the headers ask", async () => {
    expect(await server.call("try.echo", { text: "hi", times: 2 })).toEqual({ output: { text: "hihi" }, exitCode: 0 })
    const wrapped = await server.call(
      "try.echo",
      { text: "a long line" },
      { "x-duck-format": "text", "x-duck-width": "8" },
    )
    expect(wrapped.rendered).toBe("a long\nline\n")
  })

  test("every answer names the server's version", async () => {
    const response = await server.post("try.echo", { text: "x" })
    expect(response.headers.get("x-duck-version")).toBe(version)
  })

  test("with an event stream, progress comes first and the result last", async () => {
    const response = await server.post("try.count", { to: 5 }, { accept: "text/event-stream" })
    expect(response.headers.get("content-type")).toContain("text/event-stream")
    const events = await Array.fromAsync(eventsOf(response))
    expect(events.at(-1)).toMatchObject({ event: "result", data: { output: { to: 5 } } })
    expect(events.slice(0, -1).every(({ event }) => event === "progress")).toBe(true)
    expect(events[0]?.data).toMatchObject({ phase: "count", done: 1, total: 5 })
  })

  test("with an event stream, a failure is an event too", async () => {
    const response = await server.post("try.break", { how: "throw" }, { accept: "text/event-stream" })
    const [event] = await Array.fromAsync(eventsOf(response))
    expect(event).toMatchObject({ event: "error", data: { code: "INTERNAL", status: 500 } })
    expect(JSON.stringify(event)).not.toContain(".ts:")
  })

  test("a client that goes away cancels its command", async () => {
    const { tried } = server
    for (const accept of ["text/event-stream", "application/json"]) {
      tried.started.length = tried.ended.length = 0
      const controller = new AbortController()
      const gone = server.post("try.wait", {}, { accept }, controller.signal).then((response) => response.text())
      gone.catch(() => {})
      await tried.until(() => tried.started.length === 1)
      controller.abort()
      await tried.until(() => tried.ended.length === 1)
      expect(tried.ended).toEqual(["The client went away."])
      await expect(gone).rejects.toThrow()
    }
  })

  test("a limit of time comes in a header", async () => {
    const response = await server.post("try.wait", {}, { "x-duck-timeout-ms": "5" })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ error: { code: "TIMEOUT" } })
  })

  test("a client that reads slowly gets the result, and less of the progress", async () => {
    const response = await server.post("try.count", { to: 20_000 }, { accept: "text/event-stream" })
    const events = await Array.fromAsync(eventsOf(response))
    expect(events.at(-1)?.event).toBe("result")
    expect(events.length).toBeLessThan(20_000)
  })

  test("a hundred calls at once are all answered, each with its own", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => server.call("try.echo", { text: `${n}` })))
    expect(answers.map(({ output }) => (output as { text: string }).text)).toEqual(answers.map((_, n) => `${n}`))
  })

  test.each([
    ["{", 400, "INVALID_JSON"],
    ["\ufffd\ufffd", 400, "INVALID_JSON"],
    ["[]", 400, "INVALID_INPUT"],
    ['{"text":1}', 400, "INVALID_INPUT"],
    ['{"text":"x","more":1}', 400, "INVALID_INPUT"],
    [`{"text":${"[".repeat(100_000)}`, 400, "INVALID_JSON"],
  ])("a body that is not right is refused by name: %.20s", async (body, status, code) => {
    const response = await server.post("try.echo", body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code } })
  })

  test("an answer that wrote names the position, and a call that carries it reads at least that", async () => {
    const clock = manualClock()
    const still = await serverUnderTest({ clock })
    try {
      const { jobs } = still.host.fabric()
      const id = await jobs.enqueue({ queue: "q", kind: "k", data: {}, actor: "test" })
      const { seen } = await still.call("jobs.cancel", { id })
      expect(seen?.core).toBeGreaterThan(0)
      const headers = (core: number) => ({ "x-duck-seen": JSON.stringify({ core }) })
      expect((await still.post("jobs.list", {}, headers(seen?.core ?? 0))).status).toBe(200)
      const before = clock.sleepers()
      const stale = still.post("jobs.list", {}, headers(1_000_000))
      while (clock.sleepers() <= before) await new Promise((resolve) => setImmediate(resolve))
      clock.advance(2_000)
      expect(await (await stale).json()).toMatchObject({ error: { code: "STALE", status: 503 } })
    } finally {
      await still.end()
    }
  })

  test("headers that make no sense are refused by name", async () => {
    for (const headers of [
      { "x-duck-width": "wide" },
      { "x-duck-format": "pdf" },
      { "x-duck-timeout-ms": "-1" },
      { "x-duck-seen": "{" },
    ]) {
      const response = await server.post("try.echo", { text: "x" }, headers as Record<string, string>)
      expect(response.status).toBe(400)
    }
  })
})

describe("the version", () => {
  test("a command line of another version is told so, except to see and stop the server", async () => {
    const other = { "x-duck-client": "cli/0.0.1" }
    const refused = await server.post("try.echo", { text: "x" }, other)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: "VERSION_MISMATCH", details: { client: "0.0.1" } } })
    expect((await server.post("health", {}, other)).status).toBe(200)
    expect((await server.post("stop", { dryRun: true }, other)).status).toBe(200)
    expect((await server.post("try.echo", { text: "x" }, { "x-duck-client": `cli/${version}` })).status).toBe(200)
    expect((await server.post("try.echo", { text: "x" }, { "x-duck-client": "sdk/0.0.1" })).status).toBe(200)
  })
})

describe("other routes", () => {
  test("health and readiness need no token", async () => {
    for (const path of ["/health", "/ready"]) {
      const response = await fetch(server.url + path)
      expect(await response.json()).toMatchObject({
        status: "ok",
        version,
        pid: process.pid,
        instance: server.file.instance,
      })
    }
  })

  test("an unknown path, a wrong method and a broken path each get their answer", async () => {
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404)
    expect((await fetch(`${server.url}/v1/commands/stop`)).status).toBe(405)
    expect((await server.post("%ff")).status).toBe(400)
    expect((await server.post("nope")).status).toBe(404)
  })

  test("what is not HTTP at all does not disturb the others", async () => {
    const socket = server.raw()
    socket.end("\x16\x03\x01\x02\x00 this is not HTTP \r\n\r\n")
    await once(socket.resume(), "close")
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })
})
