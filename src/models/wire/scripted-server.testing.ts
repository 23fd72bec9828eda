import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What a provider was asked. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; undefined for none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what was sent as they like
  readonly body: any
  /** Resolves when the connection of this request is closed or the answer is whole. */
  readonly closed: Promise<void>
}

export interface ScriptedServer extends AsyncDisposable {
  /** "http://127.0.0.1:port" */
  readonly url: string
  readonly requests: SeenRequest[]
  /** How many connections were opened. */
  connections(): number
}

/** Plays one answer: writes what it likes to `response`, bytes and breaks included. `nth` counts requests from 0. */
export type Script = (response: ServerResponse, request: SeenRequest, nth: number) => void

/** A provider on 127.0.0.1 that answers each request with the script. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    const closed = new Promise<void>((resolve) => response.on("close", resolve))
    request.on("data", (chunk) => chunks.push(chunk))
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8")
      const seen: SeenRequest = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? undefined : JSON.parse(text),
        closed,
      }
      requests.push(seen)
      script(response, seen, requests.length - 1)
    })
  })
  server.on("connection", () => connections++)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(value))
}

/** Answers with server-sent events, one for each value; strings as they are ("[DONE]"). Leaves the answer open on `open`. */
export function sendEvents(response: ServerResponse, values: readonly unknown[], { open = false } = {}) {
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const value of values) response.write(`data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`)
  if (!open) response.end()
}

/** Answers with JSON lines. */
export function sendLines(response: ServerResponse, values: readonly unknown[], { open = false } = {}) {
  response.writeHead(200, { "content-type": "application/x-ndjson" })
  for (const value of values) response.write(`${JSON.stringify(value)}\n`)
  if (!open) response.end()
}
