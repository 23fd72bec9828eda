import { once } from "node:events"
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { WebSocket } from "ws"
import { newId } from "../../base/ids.ts"
import { seededRandom } from "../../base/random.ts"
import type { EventParams, Progress } from "../../base/wire.ts"
import { appendSettled } from "../../fabric/append.ts"
import { type ServerUnderTest, serverUnderTest } from "../../server/server.testing.ts"
import type { Calls, Client, ClientOptions, Connection } from "./index.ts"
import { duckClient } from "./index.ts"

let server: ServerUnderTest
beforeAll(async () => {
  server = await serverUnderTest()
})
afterAll(() => server.end())

const address = () => ({ url: server.url, token: server.file.token })
const client = (options: Partial<ClientOptions> = {}) => duckClient({ address, ...options })
const opened: Connection[] = []
afterEach(() => {
  for (const connection of opened.splice(0)) connection.close()
})
function connect(from: Client = client(), options: Parameters<Client["connect"]>[0] = {}): Connection {
  const connection = from.connect({ backoffMs: { first: 1, most: 5 }, ...options })
  opened.push(connection)
  return connection
}

/** The commands of the test have no types in the registry. */
const untyped = (calls: Calls) =>
  calls as unknown as { call(name: string, input?: unknown, options?: object): Promise<unknown> }

async function append(count: number): Promise<number> {
  const { sequencer, node } = server.host.fabric()
  const stream = `test.${newId()}`
  let head = 0
  for (let n = 0; n < count; n++) {
    const events = [{ type: "test.happened", v: 1, data: { n } }] as const
    const meta = { actor: "test", node, epoch: 0, at: new Date().toISOString() }
    const answer = await appendSettled(sequencer, "core", { id: newId(), stream, expect: head, events, meta })
    if (answer.kind === "committed") head = answer.pos
  }
  return head
}

describe.each(["http", "json", "msgpack"] as const)("over %s", (way) => {
  const calls = (options: Partial<ClientOptions> = {}): Calls =>
    way === "http" ? client(options) : connect(client(options), { encoding: way })

  test("a command is called by its name and gives its output", async () => {
    const duck = calls()
    expect((await duck.call("health")).isHealthy).toBe(true)
    expect(await untyped(duck).call("try.echo", { text: "日🦆" })).toEqual({ text: "日🦆" })
    const answer = await duck.run("version", {}, { rendering: { format: "text" } })
    expect(answer).toMatchObject({ exitCode: 0, rendered: expect.stringContaining("rubberduck") })
  })

  test("errors arrive as they were thrown", async () => {
    const duck = untyped(calls())
    await expect(duck.call("try.ecko")).rejects.toMatchObject({ code: "UNKNOWN_COMMAND", status: 404 })
    await expect(duck.call("try.echo")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { issues: [{ path: "text" }] },
    })
    await expect(duck.call("try.echo", { text: "x" }, { project: "/no/such" })).rejects.toMatchObject({
      code: "PROJECT_REFUSED",
    })
  })

  test("progress is told while it runs", async () => {
    const heard: Progress[] = []
    await untyped(calls()).call("try.count", { to: 3 }, { onProgress: (progress: Progress) => heard.push(progress) })
    expect(heard[0]).toMatchObject({ phase: "count", done: 1, total: 3 })
  })

  test("a signal cancels the command on the server", async () => {
    const { tried } = server
    tried.ended.length = tried.started.length = 0
    const controller = new AbortController()
    const running = untyped(calls()).call("try.wait", {}, { signal: controller.signal })
    await tried.until(() => tried.started.length === 1)
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: "CANCELLED" })
    await tried.until(() => tried.ended.length === 1)
    await expect(untyped(calls()).call("try.wait", {}, { signal: controller.signal })).rejects.toMatchObject({
      code: "CANCELLED",
    })
  })

  test("a token that is refused is an error at once, not a wait", async () => {
    const duck = calls({ address: { url: server.url, token: "wrong" } })
    await expect(duck.call("health")).rejects.toMatchObject({ code: "UNAUTHORIZED" })
  })
})

test("where nobody listens, a plain call says so", async () => {
  const duck = client({ address: { url: "http://127.0.0.1:1", token: "x" } })
  await expect(duck.call("health")).rejects.toMatchObject({ code: "CONNECTION_LOST", status: 503 })
})

test("a connection that is closed fails what is under way and what comes after", async () => {
  const states: string[] = []
  const connection = connect(client(), { onState: (state) => states.push(state) })
  const running = untyped(connection).call("try.wait")
  server.tried.started.length = 0
  await server.tried.until(() => server.tried.started.length > 0)
  connection.close()
  await expect(running).rejects.toMatchObject({ code: "CANCELLED" })
  await expect(connection.call("health")).rejects.toMatchObject({ code: "CANCELLED" })
  expect(connection.state).toBe("closed")
  expect(states).toEqual(["open", "closed"])
})

describe("when connections are cut", () => {
  const proxies: { close(): void }[] = []
  afterEach(() => {
    for (const proxy of proxies.splice(0)) proxy.close()
  })

  /** A way to the server that can be cut in the middle of anything. */
  async function cuttable() {
    const pairs = new Set<Socket>()
    const proxy = createServer((near) => {
      const far = dial(server.file.port, "127.0.0.1")
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        pairs.add(from)
        from.on("error", () => {}).on("close", () => to.destroy())
        from.pipe(to)
      }
    }).listen(0, "127.0.0.1")
    await once(proxy, "listening")
    const { port } = proxy.address() as AddressInfo
    const cut = () => {
      for (const socket of pairs) socket.resetAndDestroy()
      pairs.clear()
    }
    proxies.push({
      close() {
        cut()
        proxy.close()
      },
    })
    return { port, cut }
  }
  /** A WebSocket through the proxy that names the server as its host: the server answers to no other. */
  const through = (port: number): typeof globalThis.WebSocket => {
    class Through extends WebSocket {
      constructor(url: string | URL, protocols: string[]) {
        const to = new URL(url)
        to.port = String(port)
        super(to, protocols, { headers: { host: `127.0.0.1:${server.file.port}` } })
        this.on("error", () => {})
      }
    }
    return Through as unknown as typeof globalThis.WebSocket
  }

  test("events go on after the last one that came: none is missed, none comes twice", async () => {
    const { port, cut } = await cuttable()
    const random = seededRandom(7)
    const connection = connect(client({ WebSocket: through(port) }))
    const after = server.host.fabric().store.tip("core").pos
    const seen: EventParams[] = []
    let cuts = 0
    const last = after + 600
    const reading = (async () => {
      for await (const event of connection.events({ log: "core", after })) {
        seen.push(event)
        if (event.position === last) return
        if (random() < 0.05) {
          cuts += 1
          cut()
        }
      }
    })()
    await Promise.all([append(600), reading])
    expect(cuts).toBeGreaterThan(5)
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 600 }, (_, n) => after + 1 + n))
  })

  test("a call that was under way is told that nobody knows, the next one is answered", async () => {
    const { port, cut } = await cuttable()
    const states: string[] = []
    const connection = connect(client({ WebSocket: through(port) }), { onState: (state) => states.push(state) })
    server.tried.started.length = 0
    const running = untyped(connection).call("try.wait")
    await server.tried.until(() => server.tried.started.length === 1)
    cut()
    await expect(running).rejects.toMatchObject({ code: "CONNECTION_LOST", status: 503 })
    expect((await connection.call("health")).isHealthy).toBe(true)
    expect(states).toEqual(["open", "waiting", "connecting", "open"])
  })
})

test("a server that was started anew on another port is found again", async () => {
  const first = await serverUnderTest()
  const addresses = [{ url: first.url, token: first.file.token }]
  const connection = connect(duckClient({ address: () => addresses.at(-1) ?? expect.fail() }))
  expect((await connection.call("health")).pid).toBe(process.pid)
  await first.stop("test")
  addresses.push(address())
  expect(await untyped(connection).call("try.echo", { text: "again" })).toEqual({ text: "again" })
  await first.end()
})

describe("events", () => {
  test("a reader that falls behind is not sent more than it can hold, and gets all in the end", async () => {
    const connection = connect()
    const after = server.host.fabric().store.tip("core").pos
    const events = connection.events({ log: "core", after })
    expect((await Promise.all([events.next(), append(1_500)]))[0].value).toMatchObject({ position: after + 1 })
    for (let n = 2; n <= 1_500; n++) expect((await events.next()).value).toMatchObject({ position: after + n })
    await events.return()
  })

  test("a log that is not there ends with the server's error, a signal ends quietly", async () => {
    const connection = connect()
    const none = connection.events({ log: "project.none", after: 0 })
    await expect(none.next()).rejects.toMatchObject({ code: "NO_SUCH_LOG" })
    const controller = new AbortController()
    const { signal } = controller
    const end = server.host.fabric().store.tip("core").pos
    const waiting = connection.events({ log: "core", after: end, signal }).next()
    await connection.call("health")
    controller.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  test("two readers of one connection each get everything", async () => {
    const connection = connect()
    const after = server.host.fabric().store.tip("core").pos
    const read = async () => {
      const positions: number[] = []
      for await (const { position } of connection.events({ log: "core", after })) {
        positions.push(position)
        if (positions.length === 20) return positions
      }
      return positions
    }
    const [one, two] = await Promise.all([read(), read(), append(20)])
    expect(one).toEqual(Array.from({ length: 20 }, (_, n) => after + 1 + n))
    expect(two).toEqual(one)
  })
})
