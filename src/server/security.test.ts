import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { WebSocket } from "ws"
import { auditLog, auditStreamOf } from "../access/audit.ts"
import { subprotocols } from "../base/wire.ts"
import { maxRequestBytes } from "./body.ts"
import { type ServerUnderTest, serverUnderTest } from "./server.testing.ts"

let server: ServerUnderTest
let other: ServerUnderTest
beforeAll(async () => {
  server = await serverUnderTest()
  other = await serverUnderTest()
})
afterAll(() => Promise.all([server.end(), other.end()]))

/** One request as bytes, so that every header can be wrong. */
async function rawRequest(lines: readonly string[], body = ""): Promise<{ status: number; text: string }> {
  const socket = server.raw()
  let text = ""
  socket.setEncoding("utf8").on("data", (chunk) => (text += chunk))
  socket.write(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${body}`)
  await once(socket, "close")
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }
}
const post = (headers: readonly string[], path = "/v1/commands/health") => [`POST ${path} HTTP/1.1`, ...headers]
const host = () => `host: 127.0.0.1:${server.file.port}`
const bearer = () => `authorization: Bearer ${server.file.token}`

async function refusal(socket: WebSocket): Promise<{ status: number; code: string }> {
  const [, response] = await once(socket, "unexpected-response")
  let text = ""
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, code: JSON.parse(text).error.code }
}

describe("the token", () => {
  test("without it, with a wrong one, and with another server's nothing is answered", async () => {
    const wrong = [
      "",
      "Bearer",
      "Bearer x",
      `Basic ${server.file.token}`,
      `Bearer ${other.file.token}`,
      `Bearer ${server.file.token}x`,
    ]
    for (const authorization of wrong) {
      const response = await server.post("health", {}, { authorization })
      expect(response.status, authorization).toBe(401)
      expect(response.headers.get("www-authenticate")).toBe("Bearer")
      expect(await response.json()).toMatchObject({ error: { code: "UNAUTHORIZED" } })
    }
  })

  test("it is not taken from the address, even when it is right", async () => {
    const response = await fetch(`${server.url}/v1/commands/health?token=${server.file.token}`, { method: "POST" })
    expect(await response.json()).toMatchObject({ error: { code: "TOKEN_IN_URL" } })
    const socket = server.rpc({ path: `/v1/rpc?token=${server.file.token}` })
    expect(await refusal(socket)).toEqual({ status: 400, code: "TOKEN_IN_URL" })
  })

  test("a WebSocket needs it too, as a header or as a subprotocol", async () => {
    const offered = [subprotocols.json, subprotocols.tokenPrefix + other.file.token]
    expect(await refusal(server.rpc({ headers: {} }))).toEqual({ status: 401, code: "UNAUTHORIZED" })
    expect(await refusal(server.rpc({ headers: {}, protocols: offered }))).toEqual({
      status: 401,
      code: "UNAUTHORIZED",
    })
    const socket = server.rpc({
      headers: {},
      protocols: [subprotocols.json, subprotocols.tokenPrefix + server.file.token],
    })
    await once(socket, "open")
    expect(socket.protocol).toBe(subprotocols.json)
    socket.close()
  })

  test("a subprotocol is no way in for plain requests", async () => {
    const header = `sec-websocket-protocol: ${subprotocols.tokenPrefix}${server.file.token}`
    expect((await rawRequest(post([host(), header, "content-length: 0"]))).status).toBe(401)
  })

  test("who tries is audited, a flood of them once", async () => {
    for (let i = 0; i < 50; i++) await server.post("health", {}, { authorization: "Bearer guess" })
    await server.host.audit.flush()
    const { store } = server.host.fabric()
    const events = [...store.stream(auditLog, auditStreamOf(Date.now()))].flatMap((commit) => commit.events)
    const refused = events.filter(({ data }) => JSON.stringify(data).includes("UNAUTHORIZED"))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(10)
    expect(JSON.stringify(events)).not.toContain("guess")
  })
})

describe("DNS rebinding and other sites", () => {
  test.each(["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:80", ""])(
    "the host %j is refused, token or not, health or not",
    async (name) => {
      expect((await rawRequest(post([`host: ${name}`, bearer(), "content-length: 0"]))).status).toBe(421)
      expect((await rawRequest(["GET /health HTTP/1.1", `host: ${name}`])).status).toBe(421)
    },
  )

  test("a request in absolute form does not get around it", async () => {
    const answer = await rawRequest(["GET http://evil.example/health HTTP/1.1", "host: evil.example"])
    expect(answer.status).toBe(421)
  })

  test.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"])(
    "a page of %s is refused, over HTTP and WebSocket",
    async (origin) => {
      const response = await server.post("health", {}, { origin })
      expect(response.status).toBe(403)
      expect(response.headers.get("access-control-allow-origin")).toBeNull()
      const authorization = `Bearer ${server.file.token}`
      expect(await refusal(server.rpc({ headers: { origin, authorization } }))).toMatchObject({
        code: "ORIGIN_REFUSED",
      })
    },
  )

  test("its own page, and one that the settings allow, may ask and read the answer", async () => {
    const allowing = await serverUnderTest({ flags: { "server.allowedOrigins": ["https://duck.example"] } })
    try {
      for (const origin of [`http://localhost:${allowing.file.port}`, "https://duck.example"]) {
        const response = await allowing.post("health", {}, { origin })
        expect(response.status).toBe(200)
        expect(response.headers.get("access-control-allow-origin")).toBe(origin)
        const asked = await fetch(`${allowing.url}/v1/commands/health`, { method: "OPTIONS", headers: { origin } })
        expect(asked.status).toBe(204)
        expect(asked.headers.get("access-control-allow-headers")).toContain("authorization")
        const names = { origin, "access-control-request-headers": "x-api-key,x-stainless-os" }
        const ofClient = await fetch(`${allowing.url}/v1/messages`, { method: "OPTIONS", headers: names })
        expect(ofClient.headers.get("access-control-allow-headers")).toBe("x-api-key,x-stainless-os")
      }
    } finally {
      await allowing.end()
    }
  })
})

describe("the project folder", () => {
  test.each([
    "..%2f..%2fetc",
    "%2fetc%2f..%2froot",
    "%2e%2e",
    "relative",
    "%00",
    "%2ftmp%00%2fx",
    "%ff%fe",
    "%",
    "%2fdev%2fnull",
    "file%3A%2F%2F%2Fetc",
    "C%3A%5CWindows%5C..",
    "%2fno%2fsuch%2ffolder",
  ])("%s is refused by name", async (project) => {
    const response = await server.post("try.echo", { text: "x" }, { "x-duck-project": project })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: "PROJECT_REFUSED" } })
  })

  test("a folder with any letters in its name is taken when it is percent-encoded", async () => {
    const folder = join(server.home, "ünï 日本 %41 #?")
    mkdirSync(folder)
    const headers = { "x-duck-project": encodeURIComponent(folder) }
    expect((await server.post("try.echo", { text: "x" }, headers)).status).toBe(200)
  })
})

describe("size", () => {
  test("a body over the limit is refused, announced or not", async () => {
    const response = await server.post("try.echo", { text: "x".repeat(maxRequestBytes) })
    expect(response.status).toBe(413)
    const announced = await rawRequest(post([host(), bearer(), "content-length: 99999999999"]))
    expect(announced.status).toBe(413)
    const socket = server.raw()
    socket.write(`${post([host(), bearer(), "transfer-encoding: chunked"]).join("\r\n")}\r\n\r\n`)
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
    socket.on("error", () => {})
    let text = ""
    socket.on("data", (data) => (text += data))
    for (let i = 0; i < 32 && !socket.closed; i++) socket.write(chunk)
    await once(socket, "close")
    expect(text).toContain("REQUEST_TOO_LARGE")
  })

  test("a message over the limit closes its WebSocket with 1009", async () => {
    const socket = server.rpc()
    await once(socket, "open")
    socket.send("x".repeat(maxRequestBytes + 1))
    expect((await once(socket, "close"))[0]).toBe(1009)
  })

  test("headers over the limit are refused", async () => {
    expect((await rawRequest(post([host(), `x: ${"y".repeat(40_000)}`]))).status).toBe(431)
  })

  test("after all that it is still well", async () => {
    expect((await server.call("health")).exitCode).toBe(0)
  })
})
