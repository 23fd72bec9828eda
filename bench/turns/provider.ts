import { createServer, type ServerResponse } from "node:http"
import { emitted } from "../gateway/process.ts"

/**
 * The scripted model of bench/turns.ts: chat completions that take `latencyMs` (a fifth more or less, so that answers
 * spread as they do in life) and stream `tokens` pieces in that time. The first piece is "from=" and the millisecond at which the request
 * came in, the last one "to=" and the millisecond at which the answer was whole: whoever reads the answer knows how long
 * the model took of what they waited.
 */
const [, , latencyMs = "8000", tokens = "40"] = process.argv

interface Running {
  readonly response: ServerResponse
  readonly gapMs: number
  left: number
  dueMs: number
}

/** All answers hang on one timer, which writes what is due: a timer for each would be what is measured. */
const running = new Set<Running>()

const chunk = (rest: string) =>
  `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[${rest}]}\n\n`
const piece = (text: string) => chunk(`{"index":0,"delta":{"content":${JSON.stringify(text)}}}`)
const nowMs = () => (performance.timeOrigin + performance.now()).toFixed(3)
const usage = '{"prompt_tokens":2000,"completion_tokens":60,"total_tokens":2060}'
const tail = () =>
  `${piece(` to=${nowMs()};`)}${chunk('{"index":0,"delta":{},"finish_reason":"stop"}')}` +
  `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[],"usage":${usage}}\n\n` +
  "data: [DONE]\n\n"

const http = createServer((request, response) => {
  const head = piece(`from=${nowMs()};`)
  request.resume()
  request.once("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write(head)
    const gapMs = (Number(latencyMs) * (0.8 + 0.4 * Math.random())) / Number(tokens)
    const one = { response, gapMs, left: Number(tokens), dueMs: performance.now() + gapMs }
    running.add(one)
    response.once("close", () => running.delete(one))
  })
})

setInterval(() => {
  const now = performance.now()
  for (const one of running) {
    while (one.dueMs <= now && one.left > 1) {
      one.response.write(piece(" and so"))
      one.left -= 1
      one.dueMs += one.gapMs
    }
    if (one.left > 1 || one.dueMs > now) continue
    running.delete(one)
    one.response.end(tail())
  }
}, 2)

http.listen(0, "127.0.0.1", 4096, () => {
  const address = http.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  emitted({ port: address.port })
})
