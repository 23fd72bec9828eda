import { systemClock } from "../../base/clock.ts"
import { CancelledError, DuckError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import type {
  CallParams,
  CommandAnswer,
  EndedParams,
  EventParams,
  ItemParams,
  ProgressParams,
} from "../../base/wire.ts"
import { addressOf, callsBy, projectOf, remember } from "./calls.ts"
import { ConnectionLostError, errorOf, unreadable } from "./errors.ts"
import type { Hearing, Link, Listener } from "./link.ts"
import { type EventsOptions, logEvents } from "./log-events.ts"
import { type Encoding, openSocket, type Socket } from "./socket.ts"
import type { CallOptions, Calls, ClientOptions } from "./types.ts"

export interface ConnectOptions {
  /** Default "json". */
  readonly encoding?: Encoding
  /** First and longest pause before connecting again; default 100 and 10,000. Doubles, with jitter. */
  readonly backoffMs?: { readonly first: number; readonly most: number }
  onState?(state: ConnectionState): void
}

export type ConnectionState = "connecting" | "open" | "waiting" | "closed"

/** A connection that comes back by itself until it is closed. */
export interface Connection extends Calls {
  readonly state: ConnectionState
  /**
   * The commits of a log after a position, each once, in order, without a hole, over all reconnections. Ends with the
   * signal or the connection; throws the server's error where it refuses.
   */
  events(options: EventsOptions): AsyncGenerator<EventParams, void, undefined>
  /** Fails what is under way with CANCELLED. */
  close(): void
}

interface Pending extends Hearing {
  resolve(result: unknown): void
  reject(error: Error): void
}

export function openConnection(options: ClientOptions, how: ConnectOptions = {}): Connection {
  const { clock = systemClock, random = Math.random } = options
  const { encoding = "json", backoffMs = { first: 100, most: 10_000 }, onState = () => {} } = how
  const closing = new AbortController()
  const pending = new Map<number, Pending>()
  const listeners = new Set<Listener>()
  const waiting = new Set<{ resolve(socket: Socket): void; reject(error: Error): void }>()
  let state: ConnectionState = "connecting"
  let current: Socket | undefined
  let lastId = 0

  const become = (next: ConnectionState) => {
    if (state === next || state === "closed") return
    state = next
    onState(next)
  }
  const failAll = (error: Error) => {
    const all = [...pending.values()]
    pending.clear()
    for (const call of all) call.reject(error)
  }
  const refuseWaiting = (error: Error) => {
    for (const waiter of waiting) waiter.reject(error)
    waiting.clear()
  }

  const receive = (message: unknown) => {
    const { id, method, params, result, error } = message as Record<string, unknown>
    if (typeof id === "number") {
      const call = pending.get(id)
      pending.delete(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(errorOf((error as { data?: unknown }).data))
    } else if (method === "progress") {
      const { id: call, ...progress } = params as ProgressParams
      pending.get(Number(call))?.onProgress?.(progress)
    } else if (method === "item") {
      const { id: call, item } = params as ItemParams
      pending.get(Number(call))?.onItem?.(item)
    } else {
      for (const listener of [...listeners]) {
        if (method === "event") listener.event?.(params as EventParams)
        if (method === "events.ended") listener.ended?.(params as EndedParams)
      }
    }
  }

  const keepConnected = async () => {
    let failures = 0
    while (!closing.signal.aborted) {
      become("connecting")
      try {
        const socket = await openSocket({
          options,
          address: await addressOf(options),
          encoding,
          receive,
          signal: closing.signal,
        })
        failures = 0
        current = socket
        become("open")
        for (const waiter of waiting) waiter.resolve(socket)
        waiting.clear()
        const cause = await socket.lost
        current = undefined
        failAll(new ConnectionLostError(cause))
        for (const listener of [...listeners]) listener.lost?.()
      } catch (error) {
        // A token that is wrong stays wrong: whoever waits hears of it instead of waiting for ever.
        if (error instanceof DuckError && error.status < 500) refuseWaiting(error)
      }
      if (closing.signal.aborted) return
      become("waiting")
      const pauseMs = Math.min(backoffMs.most, backoffMs.first * 2 ** failures) * (0.5 + random() / 2)
      failures += 1
      await clock.sleep(pauseMs, closing.signal).catch(() => {})
    }
  }
  void keepConnected()

  const connected = (signal?: AbortSignal): Promise<Socket> => {
    if (closing.signal.aborted) return Promise.reject(new CancelledError("The connection is closed."))
    if (signal?.aborted) return Promise.reject(abortReason(signal))
    if (current) return Promise.resolve(current)
    const { promise, resolve, reject } = Promise.withResolvers<Socket>()
    const waiter = { resolve, reject }
    waiting.add(waiter)
    const cancelled = () => reject(signal ? abortReason(signal) : new CancelledError())
    signal?.addEventListener("abort", cancelled, { once: true })
    return promise.finally(() => {
      waiting.delete(waiter)
      signal?.removeEventListener("abort", cancelled)
    })
  }

  const link: Link = {
    closed: closing.signal,
    async request(method, params, { signal, onProgress, onItem } = {}) {
      const socket = await connected(signal)
      lastId += 1
      const id = lastId
      const cancel = () => socket.send({ jsonrpc: "2.0", method: "$/cancel", params: { id } })
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      pending.set(id, { resolve, reject, onProgress, onItem })
      signal?.addEventListener("abort", cancel, { once: true })
      try {
        socket.send({ jsonrpc: "2.0", id, method, params })
        return await promise
      } finally {
        pending.delete(id)
        signal?.removeEventListener("abort", cancel)
      }
    },
    hear(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }

  const seen = new Map<string, number>()
  const run = async (name: string, input: unknown, call: CallOptions): Promise<CommandAnswer> => {
    const { signal, onProgress, onItem, ...rest } = { ...projectOf(options), ...call }
    const params: CallParams = { ...rest, input, ...(seen.size > 0 ? { seen: Object.fromEntries(seen) } : {}) }
    const answer = await link.request(name, params, { ...(signal ? { signal } : {}), onProgress, onItem })
    if (typeof answer !== "object" || answer === null) throw unreadable("no answer")
    remember(seen, answer as CommandAnswer)
    return answer as CommandAnswer
  }

  return {
    ...callsBy(run),
    get state() {
      return state
    },
    events: (wanted) => logEvents(link, wanted),
    close() {
      if (closing.signal.aborted) return
      become("closed")
      const error = new CancelledError("The connection was closed.")
      closing.abort(error)
      failAll(error)
      refuseWaiting(error)
      current?.close()
    },
  }
}
