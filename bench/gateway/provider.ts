import { createServer, type ServerResponse } from "node:http"
import { emitted } from "./process.ts"

/**
 * The scripted provider of bench/gateway.ts: chat completions on bare node:http, as quick as one process can be. What it
 * says is in the prompt: "tokens=50 rate=50 ..." streams 50 tokens at 50 a second; rate=0 writes them all at once. Each
 * streamed token is the millisecond at which it was written, with three decimals, between two dots.
 */
const http = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString()
    // Read as a provider would have to, so that the time that it takes is in every way.
    const { stream, model } = JSON.parse(body) as { stream?: boolean; model: string }
    const [, tokens = "20", rate = "0"] = /tokens=(\d+) rate=(\d+)/.exec(body) ?? []
    if (!stream) return whole(response, model)
    response.writeHead(200, { "content-type": "text/event-stream" })
    if (Number(rate) === 0) response.end(head(model) + token(model).repeat(Number(tokens)) + tail(model))
    else paced(response, model, Number(tokens), 1000 / Number(rate))
  })
})

function whole(response: ServerResponse, model: string) {
  const message = { role: "assistant", content: "It is extended where a commit is placed. ".repeat(5) }
  const text = JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  })
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text)
}

const usage = { prompt_tokens: 20, completion_tokens: 50, total_tokens: 70 }
const chunk = (model: string, rest: string) =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"${model}",${rest}}\n\n`
const head = (model: string) => chunk(model, '"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]')
const tail = (model: string) =>
  `${chunk(model, '"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]')}${chunk(
    model,
    `"choices":[],"usage":${JSON.stringify(usage)}`,
  )}data: [DONE]\n\n`
const token = (model: string) =>
  chunk(
    model,
    `"choices":[{"index":0,"delta":{"content":".${(performance.timeOrigin + performance.now()).toFixed(3)}."}}]`,
  )

interface Paced {
  readonly response: ServerResponse
  readonly model: string
  readonly gapMs: number
  left: number
  dueMs: number
}

/** All paced streams hang on one timer, which writes what is due: a timer for each would be what is measured. */
const running = new Set<Paced>()
function paced(response: ServerResponse, model: string, left: number, gapMs: number) {
  response.write(head(model))
  const stream = { response, model, gapMs, left, dueMs: performance.now() + Math.random() * gapMs }
  running.add(stream)
  response.once("close", () => running.delete(stream))
}
setInterval(() => {
  const now = performance.now()
  for (const stream of running) {
    while (stream.dueMs <= now && stream.left > 0) {
      stream.response.write(token(stream.model))
      stream.left -= 1
      stream.dueMs += stream.gapMs
    }
    if (stream.left > 0) continue
    running.delete(stream)
    stream.response.end(tail(stream.model))
  }
}, 2)

http.listen(0, "127.0.0.1", 4096, () => {
  const address = http.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  emitted({ port: address.port })
})
