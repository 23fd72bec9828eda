import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { type Outbox, outbox } from "./outbox.ts"
import { codecOf } from "./rpc-codec.ts"

let server: WebSocketServer
let near: WebSocket
let far: WebSocket
let out: Outbox
const received: { n: number }[] = []

beforeEach(async () => {
  received.length = 0
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  await once(server, "listening")
  far = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  far.on("message", (data) => received.push(JSON.parse(data.toString())))
  ;[near] = await once(server, "connection")
  await once(far, "open")
  out = outbox(near, await codecOf(""))
})
afterEach(() => {
  near.terminate()
  server.close()
})

const frame = (n: number, sizeBytes = 100_000) => ({ n, text: "x".repeat(sizeBytes) })
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

test("whoever waits for room never has more than a bounded heap waiting, however much is sent", async () => {
  far.pause()
  let most = 0
  let stalls = 0
  for (let n = 0; n < 400; n++) {
    if (!out.hasRoom()) {
      stalls += 1
      far.resume()
    }
    expect(await out.room()).toBe(true)
    out.send(frame(n))
    most = Math.max(most, near.bufferedAmount)
  }
  expect(stalls).toBeGreaterThan(0)
  expect(most).toBeLessThan(500_000)
  await until(() => received.length === 400)
  expect(received.map(({ n }) => n)).toEqual(Array.from({ length: 400 }, (_, n) => n))
})

test("of what is only worth its latest state, a slow client gets the latest", async () => {
  far.pause()
  for (let n = 0; out.hasRoom(); n++) out.send(frame(n, 1_000_000))
  const sent = () => received.filter(({ n }) => n >= 1_000).map(({ n }) => n)
  for (let n = 1_000; n < 2_000; n++) out.sendLatest("call", { n })
  out.sendLatest("other", { n: 5_000 })
  out.sendLatest("forgotten", { n: 6_000 })
  out.forget("forgotten")
  far.resume()
  await until(() => sent().length === 2)
  expect(sent()).toEqual([1_999, 5_000])
})

test("whoever waits for room hears that there is nobody left to send to", async () => {
  far.pause()
  // More than the kernel's own buffers hold.
  for (let n = 0; n < 30; n++) out.send(frame(n, 1_000_000))
  const waiting = out.room()
  near.terminate()
  expect(await waiting).toBe(false)
  expect(await out.room()).toBe(false)
  out.send({ n: 1 })
})

test("a client that lets tens of megabytes of its answers lie is cut off", async () => {
  far.pause()
  const closed = once(near, "close")
  for (let n = 0; n < 80; n++) out.send(frame(n, 1_000_000))
  await closed
})
