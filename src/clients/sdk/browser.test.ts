import { join } from "node:path"
import { createContext, runInContext } from "node:vm"
import { rolldown } from "rolldown"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ServerUnderTest, serverUnderTest } from "../../server/server.testing.ts"

let server: ServerUnderTest
let code: string
beforeAll(async () => {
  const input = join(import.meta.dirname, "index.ts")
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" })
  const { output } = await bundle.generate({ format: "iife", name: "sdk", codeSplitting: false })
  code = output[0].code
  server = await serverUnderTest()
})
afterAll(() => server.end())

test("bundled for browsers it takes nothing from Node", () => {
  expect(code).not.toMatch(/from\s*["']|require\(|node:|\bprocess\.|\bBuffer\./)
  expect(code.length).toBeLessThan(120_000)
})

test("it calls, connects and follows the log with nothing but what a page has", async () => {
  const { fetch, WebSocket, URL, TextDecoder, TextEncoder, AbortController, AbortSignal } = globalThis
  const { setTimeout, clearTimeout, DOMException } = globalThis
  const page = { fetch, WebSocket, URL, TextDecoder, TextEncoder, AbortController, AbortSignal, DOMException }
  const context = createContext({
    ...page,
    setTimeout,
    clearTimeout,
    address: { url: server.url, token: server.file.token },
  })
  const script = `
    ${code}
    ;(async () => {
      const duck = sdk.duckClient({ address })
      const { version } = await duck.call("version")
      const progress = []
      await duck.call("health", {}, { onProgress: (one) => progress.push(one) })
      const connection = duck.connect({ encoding: "msgpack" })
      const followed = connection.events({ log: "core", after: 0 })
      await connection.call("index.rebuild", { dryRun: true }).catch(() => {})
      const { value } = await followed.next()
      connection.close()
      return JSON.stringify({ version, position: value.position })
    })()`
  const outcome: unknown = await runInContext(script, context)
  expect(JSON.parse(String(outcome))).toEqual({ version: server.file.version, position: 1 })
})
