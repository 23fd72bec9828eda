import { homedir } from "node:os"
import type { RawData, WebSocket } from "ws"
import type { z } from "zod"
import type { Actor } from "../access/actor.ts"
import { asDuckError, CancelledError, DuckError, InvalidInputError } from "../base/errors.ts"
import { parseWith } from "../base/schema.ts"
import { type ItemParams, type ProgressParams, rpcCodes } from "../base/wire.ts"
import type { Pipeline } from "../commands/pipeline.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { Activity } from "./activity.ts"
import { type Outbox, outbox } from "./outbox.ts"
import type { Codec } from "./rpc-codec.ts"
import {
  CallParams,
  CancelParams,
  codeOf,
  failure,
  notification,
  RpcId,
  RpcMessage,
  result,
  SubscribeParams,
  UnsubscribeParams,
} from "./rpc-messages.ts"
import { subscriptions } from "./subscriptions.ts"

export interface RpcOptions {
  readonly actor: Actor
  readonly pipeline: Pipeline
  readonly activity: Activity
  readonly fabric: () => Fabric
}

const mostCalls = 64
const beatMs = 30_000

/** Speaks JSON-RPC 2.0 over one WebSocket until it closes; then every call of it is cancelled. */
export function serveConnection(socket: WebSocket, codec: Codec, options: RpcOptions): void {
  const { actor, pipeline, activity, fabric } = options
  const out = outbox(socket, codec)
  const calls = new Map<RpcId, AbortController>()
  const events = subscriptions({ fabric, actor, outbox: out })
  const leave = activity.connect()
  const stopBeats = beats(socket)

  socket.on("error", () => socket.terminate())
  socket.once("close", () => {
    stopBeats()
    leave()
    for (const call of calls.values()) call.abort(new CancelledError("The client went away."))
    void events.close()
  })
  socket.on("message", (data, isBinary) => {
    activity.touch()
    void receive(bytesOf(data), isBinary)
    pauseUntilRoom(socket, out)
  })

  const receive = async (frame: Uint8Array, isBinary: boolean): Promise<void> => {
    const message = readMessage(codec, frame, isBinary)
    if ("refused" in message) return out.send(message.refused)
    const { id, method, params } = message
    if (id === undefined) {
      if (method === "$/cancel") cancel(params)
      // Another notification would be a command without an answer: what it does could not be known.
      return
    }
    try {
      out.send(result(id, await handle(id, method, params)))
      if (method === "events.subscribe") events.begin()
    } catch (thrown) {
      const body = asDuckError(thrown).toJSON()
      out.send(failure(id, codeOf(body), body))
    } finally {
      out.forget(id)
    }
  }

  const cancel = (params: unknown) => {
    const read = CancelParams.safeParse(params)
    if (read.success) calls.get(read.data.id)?.abort(new CancelledError())
  }

  const handle = async (id: RpcId, method: string, params: unknown): Promise<unknown> => {
    switch (method) {
      case "events.subscribe":
        return events.subscribe(read(SubscribeParams, params, method))
      case "events.unsubscribe":
        await events.unsubscribe(read(UnsubscribeParams, params, method).subscription)
        return null
      default:
        return call(id, method, read(CallParams, params ?? {}, method))
    }
  }

  const call = async (id: RpcId, name: string, { project, ...rest }: z.output<typeof CallParams>) => {
    if (calls.has(id))
      throw new InvalidInputError({ message: `A call with the id ${JSON.stringify(id)} runs already.` })
    if (calls.size >= mostCalls) {
      throw new DuckError({
        code: "TOO_MANY",
        message: `${mostCalls} calls run on this connection already.`,
        status: 429,
      })
    }
    const controller = new AbortController()
    calls.set(id, controller)
    try {
      return await activity.call(
        controller.signal,
        (signal) =>
          pipeline.run({
            name,
            input: rest.input,
            folder: project ?? homedir(),
            rendering: rest.rendering,
            timeoutMs: rest.timeoutMs,
            seen: rest.seen,
            actor,
            signal,
            via: "rpc",
            onProgress: (progress) => {
              const params: ProgressParams = { id, ...progress }
              out.sendLatest(id, notification("progress", params))
            },
            onItem: async (item) => {
              const params: ItemParams = { id, item }
              out.send(notification("item", params))
              await out.room()
            },
          }),
        pipeline.follows(name) ? "follows" : "command",
      )
    } finally {
      calls.delete(id)
    }
  }
}

type Read = z.output<typeof RpcMessage> | { readonly refused: unknown }

function readMessage(codec: Codec, frame: Uint8Array, isBinary: boolean): Read {
  let value: unknown
  try {
    value = codec.decode(frame, isBinary)
  } catch (thrown) {
    return { refused: failure(null, rpcCodes.parse, asDuckError(thrown).toJSON()) }
  }
  const message = RpcMessage.safeParse(value)
  if (message.success) return message.data
  const id = RpcId.safeParse(typeof value === "object" && value !== null && "id" in value ? value.id : undefined)
  const error = new InvalidInputError({
    message: "The message is not a JSON-RPC 2.0 request.",
    hint: 'One a frame: { "jsonrpc": "2.0", "id": 1, "method": "status", "params": {} }.',
  })
  return { refused: failure(id.success ? id.data : null, rpcCodes.invalidRequest, error.toJSON()) }
}

const read = <S extends z.ZodType>(schema: S, params: unknown, method: string) =>
  parseWith(schema, params, `the params of ${method}`)

/** Someone who does not take the answers may not ask more: the socket is not read until there is room. */
function pauseUntilRoom(socket: WebSocket, out: Outbox): void {
  if (socket.isPaused || out.hasRoom()) return
  socket.pause()
  out.room().then((isOpen) => {
    if (isOpen) socket.resume()
  })
}

/** Finds connections whose other end is gone without a word: a laptop that was closed. */
function beats(socket: WebSocket): () => void {
  let isAlive = true
  socket.on("pong", () => {
    isAlive = true
  })
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, beatMs)
  return () => clearInterval(timer)
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
