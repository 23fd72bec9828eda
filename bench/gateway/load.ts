import { Agent, request } from "node:http"
import { connect, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { quantile } from "../machine.ts"
import { emitted } from "./process.ts"

/** Where a load goes: straight to the provider, or to it through a gateway. */
export interface Way {
  readonly port: number
  readonly model: string
  readonly headers: Readonly<Record<string, string>>
}

export type Task =
  | {
      readonly kind: "requests"
      readonly way: Way
      readonly total: number
      readonly connections: number
      readonly isStream: boolean
    }
  | {
      readonly kind: "streams"
      readonly way: Way
      readonly streams: number
      readonly tokens: number
      readonly rate: number
    }

export interface Requests {
  readonly medianMs: number
  readonly p99Ms: number
  readonly perSecond: number
  readonly failed: number
}

export interface Streams {
  /** From the writing of a token at the provider to its arrival here. */
  readonly medianMs: number
  readonly p99Ms: number
  readonly tokens: number
  readonly tookMs: number
  readonly failed: number
}

let asked = 0
/** Every prompt is another one: equal ones that run at the same time would be one call for the server. */
function bodyOf({ model }: Way, what: string, isStream: boolean): string {
  asked += 1
  const content = `${what} Where is the hash chain of the log extended, and which tests would notice? (${asked})`
  const system = "You answer questions about a repository, briefly, with the places in the code."
  const messages = [
    { role: "system", content: system },
    { role: "user", content },
  ]
  return JSON.stringify({ model, messages, ...(isStream ? { stream: true } : {}) })
}

async function requests({ way, total, connections, isStream }: Task & { kind: "requests" }): Promise<Requests> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const tookMs: number[] = []
  let left = total
  let failed = 0
  const one = () =>
    new Promise<void>((resolve) => {
      const body = bodyOf(way, "tokens=20 rate=0", isStream)
      const startedAt = performance.now()
      const headers = { ...way.headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) }
      const call = request(
        { port: way.port, host: "127.0.0.1", method: "POST", path: "/v1/chat/completions", agent, headers },
        (response) => {
          response.resume()
          response.once("end", () => {
            tookMs.push(performance.now() - startedAt)
            if (response.statusCode !== 200) failed += 1
            resolve()
          })
        },
      )
      call.once("error", () => {
        failed += 1
        resolve()
      })
      call.end(body)
    })
  const worker = async () => {
    while (left-- > 0) await one()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  agent.destroy()
  return { medianMs: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), perSecond: total / seconds, failed }
}

/** Raw sockets: a client's own parsing must not be what is measured. */
async function streams({ way, streams: count, tokens, rate }: Task & { kind: "streams" }): Promise<Streams> {
  const delaysMs: number[] = []
  let failed = 0
  const one = () =>
    new Promise<void>((resolve) => {
      const body = bodyOf(way, `tokens=${tokens} rate=${rate}`, true)
      const headers = Object.entries(way.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const socket: Socket = connect(way.port, "127.0.0.1", () => {
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${way.port}\r\n${headers.join("")}` +
            `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        )
      })
      let heard = 0
      let rest = ""
      socket.setEncoding("latin1")
      socket.on("data", (chunk: string) => {
        const now = performance.timeOrigin + performance.now()
        const text = rest + chunk
        let at = 0
        for (let from = text.indexOf('"content":".'); from >= 0; from = text.indexOf('"content":".', at)) {
          const end = text.indexOf('."', from + 12)
          if (end < 0) break
          delaysMs.push(now - Number(text.slice(from + 12, end)))
          heard += 1
          at = end
        }
        rest = text.slice(Math.max(at, text.length - 40))
        if (text.includes("[DONE]")) socket.destroy()
      })
      socket.once("error", () => {})
      socket.once("close", () => {
        if (heard !== tokens) failed += 1
        resolve()
      })
    })
  const startedAt = performance.now()
  const all: Promise<void>[] = []
  for (let n = 0; n < count; n++) {
    all.push(one())
    // As they come in life: not a thousand in one moment.
    if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await Promise.all(all)
  return {
    medianMs: quantile(delaysMs, 0.5),
    p99Ms: quantile(delaysMs, 0.99),
    tokens: delaysMs.length,
    tookMs: performance.now() - startedAt,
    failed,
  }
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = JSON.parse(line) as Task
    emitted(task.kind === "requests" ? await requests(task) : await streams(task))
  }
}
