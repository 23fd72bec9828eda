import { createServer as createTlsServer } from "node:https"
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net"
import { expect, test } from "vitest"
import { z } from "zod"
import type { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"
import { bearer, type Connection, openConnection, type WireDeps } from "./connection.ts"
import type { Decoder, DecoderContext } from "./decoder.ts"
import { serverSentEvents } from "./framing.ts"
import { scriptedServer, sendEvents, sendJson } from "./scripted-server.testing.ts"
import { selfSigned } from "./self-signed.testing.ts"

const key = "sk-very-secret-key-0123456789"
const schema = z.object({ ok: z.literal(true) })
const never = new AbortController().signal

const connect = (url: string, deps?: WireDeps) =>
  openConnection(
    { name: "work", kind: "openai-chat", url, key: () => key, headers: { "X-Own-Token": "own-token-987" } },
    { url: "https://unused.example", keyHeaders: bearer },
    { env: {}, ...deps },
  )

const decoder = (context: DecoderContext): Decoder => ({
  read(value, emit) {
    if (value.error) throw context.fault(value)
    if (typeof value.t === "string") emit({ kind: "text", text: value.t })
  },
  finish: () => {},
})

const ask = (connection: Connection, signal = never): AsyncIterator<ModelEvent> =>
  connection
    .stream({ model: "m1", path: "/chat", body: () => ({ hello: 1 }), framing: serverSentEvents, decoder }, signal)
    [Symbol.asyncIterator]()

/** How a call of each kind fails; both must say the same. */
async function failing(url: string): Promise<ModelError> {
  const connection = connect(url)
  const thrown = await Promise.allSettled([connection.json({ path: "/x", schema }, never), ask(connection).next()])
  const [one, other] = thrown.map((result) =>
    result.status === "rejected" ? (result.reason as ModelError) : undefined,
  )
  await connection.close()
  expect(other).toMatchObject({ fault: one?.fault })
  if (!one) throw new Error("The call did not fail.")
  expect(everythingIn(one)).not.toMatch(/very-secret|own-token/)
  return one
}

const everythingIn = (error: Error): string =>
  [
    error.message,
    error.stack,
    JSON.stringify(error),
    error.cause instanceof Error ? everythingIn(error.cause) : "",
  ].join()

async function listening(server: Server) {
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

test("a name that can't be resolved is unreachable and says so", async () => {
  const error = await failing("http://nothing.invalid/v1")
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", message: expect.stringContaining("can't be resolved") })
  expect(error.hint).toContain("url")
})

test("a port where nothing listens is unreachable and says so", async () => {
  const server = createTcpServer()
  const { port } = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  const error = await failing(`http://127.0.0.1:${port}/v1`)
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", details: { reason: "ECONNREFUSED" } })
  expect(error.hint).toContain("Start")
})

test("a connection that is closed before an answer is unreachable and says so", async () => {
  await using server = await listening(createTcpServer((socket) => socket.once("data", () => socket.destroy())))
  const error = await failing(`http://127.0.0.1:${server.port}`)
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", message: expect.stringContaining("closed before") })
})

test("a certificate that nobody vouches for is unreachable and says how to vouch for it", async () => {
  await using server = await listening(createTlsServer(selfSigned("elsewhere.example"), () => {}))
  const error = await failing(`https://127.0.0.1:${server.port}`)
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", message: expect.stringContaining("certificate") })
  expect(error.hint).toContain("NODE_EXTRA_CA_CERTS")
})

test("https to a server of plain http is unreachable and says so", async () => {
  await using server = await scriptedServer((response) => sendJson(response, {}))
  const error = await failing(server.url.replace("http:", "https:"))
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", message: expect.stringContaining("TLS") })
  expect(error.hint).toContain("http:")
})

test("something that is no HTTP server is unreachable and says so", async () => {
  await using server = await listening(
    createTcpServer((socket) => socket.once("data", () => socket.write("220 mail\r\n"))),
  )
  const error = await failing(`http://127.0.0.1:${server.port}`)
  expect([error.fault, error.message]).toEqual(["MODEL_UNREACHABLE", expect.stringContaining("no HTTP server")])
})

test("an address in the settings that is none is refused at once", () => {
  expect(() => connect("ftp://x")).toThrow(/not an http/)
  expect(() => connect("models")).toThrow(/not an http/)
})

test("a key with a line break inside is refused without being sent or shown", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { ok: true }))
  const broken = openConnection(
    { name: "work", kind: "openai-chat", url: server.url, key: () => "sk-first\nsk-second" },
    { url: "", keyHeaders: bearer },
  )
  for (const call of [broken.json({ path: "/x", schema }, never), ask(broken).next()]) {
    const error = await Promise.resolve(call).catch((thrown: unknown) => thrown as ModelError)
    expect(error).toMatchObject({ fault: "MODEL_UNAUTHORIZED" })
    expect(everythingIn(error as ModelError)).not.toMatch(/sk-first|sk-second/)
  }
  expect(server.requests).toHaveLength(0)
})

test("the key is read for each call, and the user's own headers and query go with it", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { ok: true }))
  let current = "first-key"
  const connection = openConnection(
    {
      name: "azure",
      kind: "openai-chat",
      url: `${server.url}/v1/?api-version=2`,
      key: () => current,
      headers: { "X-Team": "a" },
    },
    { url: "", keyHeaders: bearer },
  )
  await connection.json({ path: "/x?alt=sse", schema }, never)
  current = "second-key\n"
  await connection.json({ path: "/x", schema, body: { a: 1 } }, never)
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization, headers["x-team"]])).toEqual([
    ["/v1/x?alt=sse&api-version=2", "Bearer first-key", "a"],
    ["/v1/x?api-version=2", "Bearer second-key", "a"],
  ])
})

test("connections are used again, also after a stream and an error", async () => {
  await using server = await scriptedServer((response, { path }) => {
    if (path === "/chat") sendEvents(response, [{ t: "a" }])
    else if (path === "/bad") sendJson(response, { error: "no" }, 400)
    else sendJson(response, { ok: true })
  })
  const connection = connect(server.url)
  for (let round = 0; round < 5; round++) {
    await connection.json({ path: "/x", schema }, never)
    await expect(connection.json({ path: "/bad", schema }, never)).rejects.toThrow("did not accept")
    const events = ask(connection)
    await events.next()
    await expect(events.next()).rejects.toThrow("broke off")
  }
  // A call in the very tick in which another one ends gets a second connection.
  expect(server.connections()).toBeLessThanOrEqual(2)
})

test("a stream that breaks in the middle gives what came and is a broken one", async () => {
  await using server = await scriptedServer((response) => {
    sendEvents(response, [{ t: "half an" }], { open: true })
    setImmediate(() => response.destroy())
  })
  const events = ask(connect(server.url))
  expect((await events.next()).value).toEqual({ kind: "text", text: "half an" })
  const error: ModelError = await events.next().catch((thrown) => thrown)
  expect(error).toMatchObject({ fault: "MODEL_STREAM_BROKEN", provider: "work", model: "m1" })
  expect(everythingIn(error)).not.toContain("very-secret")
})

test("a reader that leaves, and a signal that fires, end a stream that never ends at the provider too", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [{ t: "a" }], { open: true }))
  const connection = connect(server.url)
  const left = ask(connection)
  await left.next()
  await left.return?.()
  await server.requests[0]?.closed
  const controller = new AbortController()
  const cancelled = ask(connection, controller.signal)
  await cancelled.next()
  const pending = cancelled.next()
  controller.abort()
  await expect(pending).rejects.toMatchObject({ code: "CANCELLED" })
  await server.requests[1]?.closed
  expect(server.requests).toHaveLength(2)
})

test("a provider that never answers is left when the signal fires", async () => {
  await using server = await scriptedServer(() => {})
  const controller = new AbortController()
  const pending = ask(connect(server.url), controller.signal).next()
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  await expect(pending).rejects.toMatchObject({ code: "CANCELLED" })
  await server.requests[0]?.closed
})

test("a call for one JSON ends at the provider when its signal fires", async () => {
  await using server = await scriptedServer((response) => response.writeHead(200).write("{"))
  const controller = new AbortController()
  const pending = connect(server.url).json({ path: "/x", schema }, controller.signal)
  const seen = async () => {
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await seen()
  controller.abort(new Error("enough"))
  await expect(pending).rejects.toThrow("enough")
  await server.requests[0]?.closed
})

test("after an end that the body does not follow, the connection is given up", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, [{ t: "a" }, "[DONE]"], { open: true }))
  const slept: number[] = []
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms)
    },
  }
  const connection = connect(server.url, { clock })
  const ending = (): Decoder => ({
    read() {},
    finish: (emit) =>
      emit({
        kind: "end",
        finish: "stop",
        usage: {
          inputTokens: 0,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          outputTokens: 0,
          reasoningTokens: 0,
          isEstimated: false,
        },
      }),
  })
  const call = { model: "m1", path: "/chat", body: () => ({}), framing: serverSentEvents, decoder: ending }
  const kinds: string[] = []
  for await (const event of connection.stream(call, never)) kinds.push(event.kind)
  await server.requests[0]?.closed
  expect([kinds, slept]).toEqual([["end"], [1000]])
})

test("an error object inside an answer of status 200 is the fault it says, streamed or not", async () => {
  const body = { error: { message: `Rate limit for ${key}`, type: "rate_limit_error" } }
  await using server = await scriptedServer((response, _, nth) =>
    nth === 0 ? sendEvents(response, [body]) : sendJson(response, body),
  )
  for (const _ of [0, 1]) {
    const error: ModelError = await ask(connect(server.url))
      .next()
      .catch((thrown) => thrown)
    expect(error.fault).toBe("MODEL_RATE_LIMITED")
    expect(everythingIn(error)).not.toContain("very-secret")
  }
})

test("something else than JSON, JSON of another form and a web page are no answers", async () => {
  const bodies = ['{"ok":', '{"ok":false}', "<html>hello</html>", "[]"]
  await using server = await scriptedServer((response, _, nth) => response.end(bodies[nth]))
  for (const _ of bodies) {
    const call = connect(server.url).json({ path: "/x", schema }, never)
    await expect(call).rejects.toMatchObject({ fault: "MODEL_ANSWER_INVALID" })
  }
})

test("a stream of something else than JSON is no answer, and a page instead of a stream neither", async () => {
  await using server = await scriptedServer((response, _, nth) => {
    if (nth === 0) sendEvents(response, ['{"t":"a"}', '{"t": bro'])
    else response.writeHead(200, { "content-type": "text/html" }).end("<html>hello</html>")
  })
  const events = ask(connect(server.url))
  await events.next()
  await expect(events.next()).rejects.toMatchObject({ fault: "MODEL_ANSWER_INVALID" })
  await expect(ask(connect(server.url)).next()).rejects.toMatchObject({ fault: "MODEL_ANSWER_INVALID" })
})

test("an answer larger than the limit is dropped while it still comes", async () => {
  await using server = await scriptedServer((response) => {
    response.writeHead(200)
    const more = () => {
      response.write("x".repeat(5000))
      if (!response.destroyed) setImmediate(more)
    }
    more()
  })
  const connection = connect(server.url, { limits: { answerBytes: 20_000, errorBytes: 100 } })
  await expect(connection.json({ path: "/x", schema }, never)).rejects.toMatchObject({ fault: "MODEL_ANSWER_INVALID" })
  await server.requests[0]?.closed
})

test("calls after the close are refused, those under way go on", async () => {
  await using server = await scriptedServer((response) => {
    sendEvents(response, [{ t: "a" }], { open: true })
    setImmediate(() => response.end('data: {"t":"b"}\n\n'))
  })
  const connection = connect(server.url)
  const events = ask(connection)
  await events.next()
  await connection.close()
  expect((await events.next()).value).toEqual({ kind: "text", text: "b" })
  const refused = { fault: "MODEL_UNREACHABLE", message: expect.stringContaining("disconnected") }
  await expect(ask(connection).next()).rejects.toMatchObject(refused)
  await expect(connection.json({ path: "/x", schema }, never)).rejects.toMatchObject(refused)
})

test("calls go through the proxy that the environment names, except to this network and to what it leaves out", async () => {
  await using proxy = await scriptedServer((response) => sendJson(response, { ok: true }))
  await using direct = await scriptedServer((response) => sendJson(response, { ok: true }))
  const env = { HTTP_PROXY: proxy.url, NO_PROXY: "left-out.invalid" }
  const call = (url: string) => connect(url, { env }).json({ path: "/x", schema }, never)
  await call("http://models.example/v1")
  expect(proxy.requests[0]).toMatchObject({ path: "http://models.example/v1/x", headers: { host: "models.example" } })
  await call(direct.url)
  expect([proxy.requests.length, direct.requests.length]).toEqual([1, 1])
  await expect(call("http://left-out.invalid/v1")).rejects.toThrow("can't be resolved")
})

test("a proxy that lets nothing through is unreachable and says so", async () => {
  await using proxy = await scriptedServer((response) => sendJson(response, {}))
  const env = { https_proxy: proxy.url }
  const error: ModelError = await connect("https://models.example/v1", { env })
    .json({ path: "/x", schema }, never)
    .catch((thrown) => thrown)
  expect(error).toMatchObject({ fault: "MODEL_UNREACHABLE", message: expect.stringContaining("proxy") })
})
