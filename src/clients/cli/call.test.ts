import { createServer } from "node:http"
import { type AddressInfo, createServer as createTcpServer } from "node:net"
import { expect, test } from "vitest"
import { CancelledError } from "../../base/errors.ts"
import type { Progress } from "../../base/wire.ts"
import { type Call, callCommand, errorFrom, ServerGoneError } from "./call.ts"
import { echo, fakeServer } from "./fake-server.testing.ts"

const call = (url: string, more: Partial<Call> = {}): Call => ({
  address: { url, token: "secret" },
  command: "ask",
  input: { question: "why" },
  project: "/somewhere/with ü and spaces",
  rendering: { format: "text", width: 80, color: "0" },
  clientVersion: "1.2.3",
  signal: new AbortController().signal,
  ...more,
})

test("progress is told as it comes, and the result is the answer", async () => {
  await using server = await fakeServer(({ send, end, request, input }) => {
    send("progress", { phase: "scan", done: 1 })
    send("progress", { phase: "scan", done: 2, total: 2 })
    send("result", { output: { input, project: request.headers["x-duck-project"] }, rendered: "grün\n", exitCode: 1 })
    end()
  })
  const progress: Progress[] = []
  const answer = await callCommand(call(server.url, { onProgress: (each) => progress.push(each) }))
  expect(progress.map(({ done }) => done)).toEqual([1, 2])
  expect(answer).toEqual({
    output: { input: { question: "why" }, project: "%2Fsomewhere%2Fwith%20%C3%BC%20and%20spaces" },
    rendered: "grün\n",
    exitCode: 1,
  })
})

test("the server hears of format, width, colour, version and time", async () => {
  await using server = await fakeServer(({ send, request }) => send("result", { output: request.headers, exitCode: 0 }))
  const { output } = await callCommand(call(server.url, { timeoutMs: 5000 }))
  expect(output).toMatchObject({
    "x-duck-format": "text",
    "x-duck-width": "80",
    "x-duck-color": "0",
    "x-duck-client": "cli/1.2.3",
    "x-duck-timeout-ms": "5000",
  })
})

test("an error of the command keeps code, hint, status and details, in the stream and before it", async () => {
  const body = { code: "NO_INDEX", message: "There is no index.", hint: "Build one.", status: 503, details: { n: 1 } }
  await using streaming = await fakeServer(({ send }) => send("error", body))
  await expect(callCommand(call(streaming.url))).rejects.toMatchObject(body)
  await using refusing = await fakeServer(({ response }) => {
    response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ error: body }))
  })
  await expect(callCommand(call(refusing.url))).rejects.toMatchObject(body)
})

test("aborting hangs up, so that the server can cancel", async () => {
  const controller = new AbortController()
  let hungUp = Promise.resolve()
  await using server = await fakeServer((exchange) => {
    hungUp = exchange.hungUp
    exchange.send("progress", { phase: "think" })
  })
  const running = callCommand(call(server.url, { signal: controller.signal, onProgress: () => controller.abort() }))
  await expect(running).rejects.toBeInstanceOf(CancelledError)
  await hungUp
})

test("a server that says nothing for longer than our patience is a timeout", async () => {
  await using server = await fakeServer(() => {})
  await expect(callCommand(call(server.url, { patienceMs: 20 }))).rejects.toMatchObject({
    code: "TIMEOUT",
    status: 504,
  })
})

test("where nobody listens the server was not reached; where it is cut off it was", async () => {
  let url: string
  {
    await using closed = await fakeServer(echo)
    url = closed.url
  }
  await expect(callCommand(call(url))).rejects.toMatchObject({ code: "SERVER_GONE", wasReached: false })
  await using cutting = await fakeServer(({ cut }) => cut())
  await expect(callCommand(call(cutting.url))).rejects.toMatchObject({ code: "SERVER_GONE", wasReached: true })
  await using halfway = await fakeServer(({ send, cut }) => {
    send("progress", { phase: "scan" })
    setImmediate(cut)
  })
  await expect(callCommand(call(halfway.url))).rejects.toMatchObject({ code: "SERVER_GONE", wasReached: true })
  await using silent = await fakeServer(({ send, end }) => {
    send("progress", { phase: "scan" })
    end()
  })
  await expect(callCommand(call(silent.url))).rejects.toMatchObject({ code: "SERVER_GONE", wasReached: true })
})

test("another program on the port, and a token that is not known, are a server that is gone", async () => {
  const web = createServer((_request, response) => void response.writeHead(200).end("<html>hello</html>"))
  const mail = createTcpServer((socket) => void socket.end("220 mail.example ESMTP\r\n"))
  for (const other of [web, mail]) {
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    const { port } = other.address() as AddressInfo
    await expect(callCommand(call(`http://127.0.0.1:${port}`))).rejects.toBeInstanceOf(ServerGoneError)
    other.close()
  }
  await using server = await fakeServer(echo, { token: "another" })
  await expect(callCommand(call(server.url))).rejects.toMatchObject({ code: "SERVER_GONE", wasReached: false })
})

test("a large answer in many pieces arrives whole", async () => {
  const text = "grüße ".repeat(300_000)
  await using server = await fakeServer(({ send }) => send("result", { output: { text }, exitCode: 0 }))
  const { output } = await callCommand(call(server.url))
  expect((output as { text: string }).text).toBe(text)
})

test("what is no error body is still an error", () => {
  for (const value of [undefined, null, 7, "x", {}, { code: 1 }]) {
    expect(errorFrom(value)).toMatchObject({ code: "INTERNAL" })
  }
})
