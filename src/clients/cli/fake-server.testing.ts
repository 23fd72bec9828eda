import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { headers, type ServerFile, serverFileName } from "../../base/wire.ts"

/** A folder that is gone when the test is over. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "duck-cli-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

export interface Exchange {
  readonly command: string
  readonly input: unknown
  readonly request: IncomingMessage
  /** Sends one server-sent event. */
  send(event: string, data: unknown): void
  end(): void
  /** Cuts the connection without a word. */
  cut(): void
  /** Resolves when the caller has hung up. */
  readonly hungUp: Promise<void>
  readonly response: ServerResponse
}

export interface FakeServer {
  readonly url: string
  readonly port: number
  readonly calls: string[]
  file(more?: Partial<ServerFile>): ServerFile
  [Symbol.asyncDispose](): Promise<void>
}

/** Speaks the wire contract; the test says what it answers to a command. */
export async function fakeServer(
  handle: (exchange: Exchange) => void,
  { token = "secret" }: { readonly token?: string } = {},
): Promise<FakeServer> {
  const calls: string[] = []
  const server = createServer(async (request, response) => {
    response.setHeader(headers.version, "1.2.3")
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"code":"TOKEN"}}')
      return
    }
    let body = ""
    for await (const chunk of request) body += chunk
    const command = decodeURIComponent((request.url ?? "").replace("/v1/commands/", ""))
    calls.push(command)
    const begin = () => response.headersSent || response.writeHead(200, { "content-type": "text/event-stream" })
    handle({
      command,
      input: JSON.parse(body),
      request,
      response,
      send(event, data) {
        begin()
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      },
      end: () => void response.end(),
      cut: () => void request.socket.destroy(),
      hungUp: new Promise((resolve) => response.once("close", () => resolve())),
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    file: (more = {}) => ({
      pid: process.pid,
      port,
      token,
      version: "1.2.3",
      startedAt: "2026-01-01T00:00:00.000Z",
      instance: "instance-1",
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function writeServerFile(dataFolder: string, file: ServerFile): void {
  mkdirSync(dataFolder, { recursive: true })
  writeFileSync(join(dataFolder, serverFileName), JSON.stringify(file), { mode: 0o600 })
}

/** Answers `{ echo: input }`, rendered as one line. */
export function echo({ input, send, end }: Exchange): void {
  send("result", { output: { echo: input }, rendered: `${JSON.stringify(input)}\n`, exitCode: 0 })
  end()
}

/**
 * A program that takes the place of `duck-server.js`: holds the folder (FOLDER_HELD when somebody else does), listens,
 * writes `server.json`, echoes, and stops at the command `stop`. FAKE_MODE: "refuse" fails with a reason, "crash"
 * without one.
 */
export const fakeServerProgram = `
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
const data = process.env.DUCK_HOME
// Started as its test ended, it must not bring the test's folder back.
try { mkdirSync(data) } catch (error) { if (error.code !== "EEXIST") process.exit(1) }
if (process.env.FAKE_MODE === "refuse") {
  console.error(JSON.stringify({ startError: { code: "DISK_FULL", message: "No space left.", hint: "Free some.", status: 503 } }))
  process.exit(3)
}
if (process.env.FAKE_MODE === "crash") throw new Error("boom at start")
const lock = join(data, "lock")
try { closeSync(openSync(lock, "wx")) } catch {
  const pid = Number(readFileSync(lock, "utf8"))
  let alive = true
  try { process.kill(pid, 0) } catch { alive = pid === 0 }
  if (alive) {
    console.error(JSON.stringify({ startError: { code: "FOLDER_HELD", message: "Held by " + pid + ".", status: 503 } }))
    process.exit(3)
  }
}
writeFileSync(lock, String(process.pid))
writeFileSync(join(data, "starts"), process.pid + "\\n", { flag: "a" })
const instance = "instance-" + process.pid
const server = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => {
    const name = request.url.replace("/v1/commands/", "")
    response.writeHead(200, { "content-type": "text/event-stream", "x-duck-version": "1.2.3" })
    const output = { echo: JSON.parse(body), pid: process.pid, isStopping: name === "stop" }
    response.end("event: result\\ndata: " + JSON.stringify({ output, rendered: "from " + process.pid + "\\n", exitCode: 0 }) + "\\n\\n")
    if (name === "stop") server.close(() => { rmSync(join(data, "server.json")); rmSync(lock); process.exit(0) })
  })
})
server.listen(0, "127.0.0.1", () => {
  const file = { pid: process.pid, port: server.address().port, token: "t", version: "1.2.3", startedAt: "2026-01-01T00:00:00Z", instance }
  writeFileSync(join(data, "server.json.new"), JSON.stringify(file), { mode: 0o600 })
  renameSync(join(data, "server.json.new"), join(data, "server.json"))
})
`
