import { once } from "node:events"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newId } from "../base/ids.ts"
import { subprotocols } from "../base/wire.ts"
import { appendSettled } from "../fabric/append.ts"
import { rpcClient } from "./rpc.testing.ts"
import { type ServerUnderTest, serverUnderTest } from "./server.testing.ts"

let server: ServerUnderTest
beforeAll(async () => {
  server = await serverUnderTest()
})
afterAll(() => server.end())

const connect = (protocol: string = subprotocols.json) => rpcClient(server.rpc({ protocols: [protocol] }))

/** Appends `count` commits to a stream of its own in `core`; gives the position of the last. */
async function append(count: number, sizeBytes = 10): Promise<number> {
  const { sequencer, node } = server.host.fabric()
  const stream = `test.${newId()}`
  let head = 0
  for (let n = 0; n < count; n++) {
    const commit = {
      id: newId(),
      stream,
      expect: head,
      events: [{ type: "test.happened", v: 1, data: { n, text: "x".repeat(sizeBytes) } }] as const,
      meta: { actor: "test", node, epoch: 0, at: new Date().toISOString() },
    }
    const answer = await appendSettled(sequencer, "core", commit)
    if (answer.kind !== "committed") throw new Error("Nobody else writes to this stream.")
    head = answer.pos
  }
  return head
}

describe.each([subprotocols.json, subprotocols.msgpack])("in %s", (protocol) => {
  test("a call is answered under its id", async () => {
    const client = await connect(protocol)
    const rendering = { format: "text" }
    const reply = await client.call("try.echo", { input: { text: "ä日🦆" }, rendering })
    expect(reply).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: { output: { text: "ä日🦆" }, exitCode: 0, rendered: "ä日🦆\n" },
    })
  })

  test("calls run side by side, progress names its call", async () => {
    const client = await connect(protocol)
    const waiting = client.request("try.wait", {})
    expect((await client.next()).params).toMatchObject({ id: waiting, phase: "wait", done: 1, total: 2 })
    expect(await client.call("try.echo", { input: { text: "meanwhile" } })).toMatchObject({ result: { exitCode: 0 } })
    client.notify("$/cancel", { id: waiting })
    const reply = await client.next(({ id }) => id === waiting)
    expect(reply.error).toMatchObject({ code: -32_000, data: { code: "CANCELLED" } })
  })

  test("errors have JSON-RPC's codes and our body", async () => {
    const client = await connect(protocol)
    expect((await client.call("try.ecko")).error).toMatchObject({ code: -32_601, data: { code: "UNKNOWN_COMMAND" } })
    expect((await client.call("try.echo")).error).toMatchObject({ code: -32_602, data: { code: "INVALID_INPUT" } })
    expect((await client.call("try.echo", [1])).error).toMatchObject({ code: -32_602 })
    expect((await client.call("try.break", { input: { how: "throw" } })).error).toMatchObject({ code: -32_603 })
    const noFolder = await client.call("try.echo", { input: { text: "x" }, project: "../.." })
    expect(noFolder.error).toMatchObject({ code: -32_000, data: { code: "PROJECT_REFUSED" } })
  })

  test("what is no message at all gets an error without an id, and the connection lives", async () => {
    const client = await connect(protocol)
    const isJson = protocol === subprotocols.json
    client.sendRaw(isJson ? "{" : new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]))
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32_700 } })
    client.sendRaw(isJson ? new Uint8Array([1, 2]) : "{}")
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32_700 } })
    expect(await client.call("try.echo", { input: { text: "x" } })).toMatchObject({ result: {} })
  })
})

test("what is JSON but no request is refused by its id where it has one", async () => {
  const client = await connect()
  for (const message of ["[]", "1", "null", '{"jsonrpc":"1.0","id":7,"method":"x"}', '{"jsonrpc":"2.0","id":7}']) {
    client.sendRaw(message)
    expect(await client.next()).toMatchObject({ id: message.includes("7") ? 7 : null, error: { code: -32_600 } })
  }
})

test("a notification is never run as a command", async () => {
  const client = await connect()
  client.notify("stop", {})
  expect(await client.call("health")).toMatchObject({ result: { output: { isHealthy: true } } })
  expect(client.inbox).toEqual([])
})

test("an id that is in use is refused, the first call goes on", async () => {
  const client = await connect()
  const message = JSON.stringify({ jsonrpc: "2.0", id: "same", method: "try.wait" })
  client.sendRaw(message)
  await client.next(({ method }) => method === "progress")
  client.sendRaw(message)
  expect(await client.next(({ id }) => id === "same")).toMatchObject({ error: { data: { code: "INVALID_INPUT" } } })
  client.notify("$/cancel", { id: "same" })
  expect(await client.next(({ id }) => id === "same")).toMatchObject({ error: { data: { code: "CANCELLED" } } })
})

test("the calls of a connection that goes away are cancelled", async () => {
  const { tried } = server
  const socket = server.rpc()
  const client = await rpcClient(socket)
  tried.ended.length = tried.started.length = 0
  client.request("try.wait", {})
  await tried.until(() => tried.started.length === 1)
  socket.terminate()
  await tried.until(() => tried.ended.length === 1)
  expect(tried.ended).toEqual(["The client went away."])
})

test("a page without headers comes in with the token as a subprotocol", async () => {
  const protocols = [subprotocols.msgpack, subprotocols.tokenPrefix + server.file.token]
  const client = await rpcClient(server.rpc({ protocols, headers: {} }))
  expect(await client.call("try.echo", { input: { text: "x" } })).toMatchObject({ result: { exitCode: 0 } })
})

test("another path is no place for a WebSocket", async () => {
  const [, response] = await once(server.rpc({ path: "/elsewhere" }), "unexpected-response")
  expect(response.statusCode).toBe(404)
})

describe("log events", () => {
  test("history and what comes later arrive in order, without a hole, from any position", async () => {
    const before = await append(30)
    const client = await connect()
    const reply = await client.call("events.subscribe", { log: "core", after: before - 25 })
    const { subscription } = reply.result as { subscription: string }
    const after = await append(30)
    const positions: number[] = []
    while (positions.at(-1) !== after) {
      const { params } = await client.next(({ method }) => method === "event")
      expect(params).toMatchObject({
        subscription,
        log: "core",
        actor: "test",
        events: [{ type: "test.happened", v: 1 }],
      })
      positions.push(params?.position as number)
    }
    expect(positions).toEqual(Array.from({ length: after - before + 25 }, (_, n) => before - 24 + n))
  })

  test("the answer that names a subscription comes before its events", async () => {
    await append(3)
    const client = await connect()
    client.request("events.subscribe", { log: "core", after: 0 })
    expect((await client.next()).result).toMatchObject({ subscription: expect.any(String) })
    expect((await client.next()).method).toBe("event")
  })

  test("no event comes after unsubscribing", async () => {
    const client = await connect()
    const { store } = server.host.fabric()
    const reply = await client.call("events.subscribe", { log: "core", after: store.tip("core").pos })
    expect(await client.call("events.unsubscribe", reply.result)).toMatchObject({ result: null })
    await append(3)
    await client.call("try.echo", { input: { text: "x" } })
    expect(client.inbox).toEqual([])
    expect((await client.call("events.unsubscribe", reply.result)).error?.data?.code).toBe("NOT_FOUND")
  })

  test("a log that is not there, a position that is not yet, and nonsense are refused", async () => {
    const client = await connect()
    const code = async (params: unknown) => (await client.call("events.subscribe", params)).error?.data?.code
    expect(await code({ log: "project.none", after: 0 })).toBe("NO_SUCH_LOG")
    expect(await code({ log: "../core", after: 0 })).toBe("NO_SUCH_LOG")
    expect(await code({ log: "core", after: 1_000_000 })).toBe("POSITION_AHEAD")
    expect(await code({ log: "core", after: -1 })).toBe("INVALID_INPUT")
    expect(await code({ log: "core" })).toBe("INVALID_INPUT")
  })

  test("a client that does not read holds up nobody, and misses nothing once it reads", async () => {
    const startAfter = server.host.fabric().store.tip("core").pos
    const slowSocket = server.rpc()
    const slow = await rpcClient(slowSocket)
    const quick = await connect()
    await slow.call("events.subscribe", { log: "core", after: startAfter })
    await quick.call("events.subscribe", { log: "core", after: startAfter })
    // From here on nothing is taken from the socket: what the server sends stays in its own buffers.
    slowSocket.pause()
    const last = await append(400, 100_000)
    const read = async (client: typeof slow) => {
      const positions: number[] = []
      while (positions.at(-1) !== last) {
        positions.push((await client.next(({ method }) => method === "event")).params?.position as number)
      }
      return positions
    }
    const wanted = Array.from({ length: last - startAfter }, (_, n) => startAfter + 1 + n)
    expect(await read(quick)).toEqual(wanted)
    slowSocket.resume()
    expect(await read(slow)).toEqual(wanted)
  })
})
