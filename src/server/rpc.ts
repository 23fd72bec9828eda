import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { WebSocketServer } from "ws"
import { asDuckError, type DuckError, NotFoundError } from "../base/errors.ts"
import { subprotocols } from "../base/wire.ts"
import { stopping } from "./activity.ts"
import { maxRequestBytes } from "./body.ts"
import { throughClient } from "./client-name.ts"
import { type Guard, offeredProtocols } from "./guard.ts"
import { codecOf } from "./rpc-codec.ts"
import { type RpcOptions, serveConnection } from "./rpc-connection.ts"

export interface RpcServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Says goodbye (1001) to every connection, and ends those that don't answer. */
  close(): void
}

const goodbyeMs = 1_000

/** `/v1/rpc`: the guard first, then a WebSocket in the first of our subprotocols that the client offers. */
export function rpcServer(
  options: RpcOptions & { readonly guard: Guard; onRefused(error: DuckError): void },
): RpcServer {
  const { guard } = options
  let sockets: WebSocketServer | undefined
  let isClosed = false

  // Loaded with the first connection: a command line never needs it.
  const open = async () => {
    const { WebSocketServer } = await import("ws")
    sockets ??= new WebSocketServer({
      noServer: true,
      maxPayload: maxRequestBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => [subprotocols.msgpack, subprotocols.json].find((one) => offered.has(one)) ?? false,
    })
    return sockets
  }

  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://localhost")
    guard.place(request)
    if (url.pathname !== "/v1/rpc") throw new NotFoundError({ message: "WebSockets are taken at /v1/rpc." })
    guard.token(request, url)
    if (isClosed) throw stopping()
    const server = await open()
    const wanted = [subprotocols.msgpack, subprotocols.json].find((one) => offeredProtocols(request).includes(one))
    const codec = await codecOf(wanted ?? "")
    server.handleUpgrade(request, socket, head, (connection) =>
      serveConnection(connection, codec, { ...options, actor: throughClient(options.actor, request) }),
    )
  }

  return {
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy())
      accept(request, socket, head).catch((thrown) => {
        const error = asDuckError(thrown)
        options.onRefused(error)
        refuse(socket, error)
      })
    },
    close() {
      isClosed = true
      const all = [...(sockets?.clients ?? [])]
      for (const socket of all) socket.close(1001, "The server is stopping.")
      setTimeout(() => {
        for (const socket of all) socket.terminate()
      }, goodbyeMs).unref()
    },
  }
}

/** A refusal before there is a WebSocket is a plain HTTP answer (RFC 6455, 4.2.2). */
function refuse(socket: Duplex, error: DuckError): void {
  const body = JSON.stringify({ error: error.toJSON() })
  const head = [
    `HTTP/1.1 ${error.status} Refused`,
    "connection: close",
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`)
}
