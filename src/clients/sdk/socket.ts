import { abortReason } from "../../base/signal.ts"
import { subprotocols } from "../../base/wire.ts"
import { ConnectionLostError, errorOf } from "./errors.ts"
import type { Address, ClientOptions } from "./types.ts"

export type Encoding = "json" | "msgpack"

export interface Socket {
  send(message: unknown): void
  close(): void
  /** Resolves with the reason once the socket is gone. */
  readonly lost: Promise<unknown>
}

/**
 * Opens one WebSocket to `/v1/rpc`. Throws what the signal was aborted with, a DuckError where the server refuses the
 * token, and ConnectionLostError where nobody listens.
 */
export async function openSocket({
  options,
  address,
  encoding,
  receive,
  signal,
}: {
  readonly options: ClientOptions
  readonly address: Address
  readonly encoding: Encoding
  readonly receive: (message: unknown) => void
  readonly signal: AbortSignal
}): Promise<Socket> {
  const { WebSocket = globalThis.WebSocket } = options
  const codec = await codecOf(encoding)
  const url = new URL("v1/rpc", `${address.url.replace(/\/+$/, "")}/`)
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
  const socket = new WebSocket(url, [subprotocols[encoding], subprotocols.tokenPrefix + address.token])
  socket.binaryType = "arraybuffer"
  const lost = Promise.withResolvers<unknown>()
  const opened = Promise.withResolvers<void>()
  const cancelled = () => {
    socket.close()
    opened.reject(abortReason(signal))
  }
  signal.addEventListener("abort", cancelled, { once: true })
  socket.addEventListener("open", () => opened.resolve())
  socket.addEventListener("message", ({ data }) => receive(codec.decode(data)))
  socket.addEventListener("close", (event) => {
    signal.removeEventListener("abort", cancelled)
    const cause = new Error(`WebSocket closed with ${event.code} ${event.reason}`.trim())
    lost.resolve(cause)
    opened.reject(new ConnectionLostError(cause))
  })
  try {
    await opened.promise
  } catch (error) {
    throw signal.aborted ? error : await refusal(options, address, error)
  }
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(codec.encode(message))
    },
    close: () => socket.close(),
    lost: lost.promise,
  }
}

/** A browser does not say why a WebSocket was refused; a plain request with the same token does. */
async function refusal(
  { fetch = globalThis.fetch }: ClientOptions,
  address: Address,
  error: unknown,
): Promise<unknown> {
  try {
    const url = `${address.url.replace(/\/+$/, "")}/v1/commands/version`
    const response = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${address.token}` } })
    if (response.ok) return error
    const { error: body } = (await response.json()) as { error?: unknown }
    return errorOf(body)
  } catch {
    return error
  }
}

interface Codec {
  encode(message: unknown): string | Uint8Array<ArrayBuffer>
  decode(data: unknown): unknown
}

async function codecOf(encoding: Encoding): Promise<Codec> {
  if (encoding === "json") return { encode: JSON.stringify, decode: (data) => JSON.parse(String(data)) }
  const { encode, decode } = await import("@msgpack/msgpack")
  return {
    encode: (message) => encode(message, { ignoreUndefined: true }),
    decode: (data) => decode(new Uint8Array(data as ArrayBuffer)),
  }
}
