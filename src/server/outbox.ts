import type { WebSocket } from "ws"
import type { Codec } from "./rpc-codec.ts"

/**
 * What goes out over one WebSocket, with a bound on what waits for a slow client. Three kinds of message: answers are
 * always sent (a client has few calls open), progress only in its latest state, and whoever sends many waits for room.
 */
export interface Outbox {
  send(message: unknown): void
  /** Sent at once if there is room, else when there is, unless a newer one of the same key has come by then. */
  sendLatest(key: string | number, message: unknown): void
  /** Forgets what waits under that key. */
  forget(key: string | number): void
  /** Resolves true when there is room, false when the connection is closed. */
  room(): Promise<boolean>
  hasRoom(): boolean
}

/** Beyond this nothing more is put behind what waits already. */
const roomBytes = 262_144
/** A client that leaves this much of its answers lying is gone for all we can tell. */
const mostBytes = 67_108_864

export function outbox(socket: WebSocket, codec: Codec): Outbox {
  const latest = new Map<string | number, unknown>()
  const waiters = new Set<(hasRoom: boolean) => void>()
  let waitingBytes = 0
  let isClosed = false

  const hasRoom = () => waitingBytes < roomBytes
  const wake = (isOpen: boolean) => {
    for (const waiter of waiters) waiter(isOpen)
    waiters.clear()
  }
  const send = (message: unknown) => {
    if (isClosed) return
    const frame = codec.encode(message)
    const sizeBytes = typeof frame === "string" ? Buffer.byteLength(frame) : frame.byteLength
    waitingBytes += sizeBytes
    if (waitingBytes > mostBytes) return socket.terminate()
    socket.send(frame, (error) => {
      waitingBytes -= sizeBytes
      if (error || isClosed || !hasRoom()) return
      for (const [key, held] of latest) {
        latest.delete(key)
        send(held)
      }
      if (hasRoom()) wake(true)
    })
  }

  socket.once("close", () => {
    isClosed = true
    latest.clear()
    wake(false)
  })

  return {
    send,
    sendLatest(key, message) {
      if (hasRoom()) send(message)
      else latest.set(key, message)
    },
    forget: (key) => void latest.delete(key),
    room() {
      if (isClosed) return Promise.resolve(false)
      if (hasRoom()) return Promise.resolve(true)
      return new Promise((resolve) => waiters.add(resolve))
    },
    hasRoom,
  }
}
