import { once } from "node:events"
import { decode, encode } from "@msgpack/msgpack"
import type { WebSocket } from "ws"
import { subprotocols } from "../base/wire.ts"

export interface RpcReply {
  readonly jsonrpc: string
  readonly id?: string | number | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string } }
  readonly method?: string
  readonly params?: Record<string, unknown>
}

/** Speaks to `/v1/rpc` message by message; what comes is kept until it is asked for. */
export async function rpcClient(socket: WebSocket) {
  const inbox: RpcReply[] = []
  const waiters = new Set<() => void>()
  let isClosed = false
  const wake = () => {
    for (const waiter of waiters) waiter()
    waiters.clear()
  }
  socket.on("message", (data: Buffer, isBinary) => {
    inbox.push((isBinary ? decode(data) : JSON.parse(data.toString())) as RpcReply)
    wake()
  })
  socket.on("close", () => {
    isClosed = true
    wake()
  })
  await once(socket, "open")
  const isMsgpack = socket.protocol === subprotocols.msgpack
  let lastId = 0
  const send = (message: unknown) => socket.send(isMsgpack ? encode(message) : JSON.stringify(message))
  const client = {
    inbox,
    sendRaw: (data: string | Uint8Array) => socket.send(data),
    notify: (method: string, params: unknown) => send({ jsonrpc: "2.0", method, params }),
    request(method: string, params?: unknown): number {
      lastId += 1
      send({ jsonrpc: "2.0", id: lastId, method, ...(params === undefined ? {} : { params }) })
      return lastId
    },
    /** The next message that `isIt`, taken out of the inbox. */
    async next(isIt: (reply: RpcReply) => boolean = () => true): Promise<RpcReply> {
      for (;;) {
        const at = inbox.findIndex(isIt)
        if (at >= 0) return inbox.splice(at, 1)[0] as RpcReply
        if (isClosed) throw new Error("The connection is closed.")
        await new Promise<void>((resolve) => waiters.add(resolve))
      }
    },
    async call(method: string, params?: unknown): Promise<RpcReply> {
      const id = client.request(method, params)
      return client.next((reply) => reply.id === id)
    },
  }
  return client
}
