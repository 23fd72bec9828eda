import type { ServerResponse } from "node:http"

/**
 * Server-sent events to one client (html.spec.whatwg.org, 9.2). What is written while one event of the event loop is
 * handled leaves as one chunk; `room` says when a client that reads slowly has caught up.
 */
export interface EventStream {
  write(frames: string): void
  /** Undefined while there is room; else resolves once there is, or the client is gone. */
  room(): Promise<void> | undefined
  /** Whether the client has been told anything: from then on its status is 200. */
  hasBegun(): boolean
  /** Leaves the answer to somebody else; only before it has begun. */
  giveUp(): void
  end(): void
}

/** Frames that wait for the end of the tick; more are written at once, so that no answer is ever held whole. */
const mostHeld = 16_384

/**
 * The head of the answer goes out with the first frames, or with the first heartbeat: until then the request can still
 * be answered with another status. After `heartbeatMs` without a word, a comment keeps proxies and clients from giving up.
 */
export function eventStream(response: ServerResponse, heartbeatMs: number): EventStream {
  let held = ""
  let isFlushDue = false
  let isQuiet = true

  const send = (text: string) => {
    if (response.destroyed) return
    if (!response.headersSent) {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" })
    }
    response.write(text)
  }
  const flush = () => {
    isFlushDue = false
    if (held === "") return
    const frames = held
    held = ""
    send(frames)
  }
  const beat = setInterval(() => {
    if (isQuiet && !response.writableNeedDrain) send(": still working\n\n")
    isQuiet = true
  }, heartbeatMs)
  response.once("close", () => clearInterval(beat))

  return {
    write(frames) {
      isQuiet = false
      held += frames
      if (held.length > mostHeld) flush()
      else if (!isFlushDue) {
        isFlushDue = true
        // Runs when the promises are through that one chunk of the provider resolved.
        process.nextTick(flush)
      }
    },
    room() {
      if (!response.writableNeedDrain || response.destroyed) return undefined
      return new Promise((resolve) => {
        const go = () => {
          response.off("drain", go)
          response.off("close", go)
          resolve()
        }
        response.on("drain", go)
        response.on("close", go)
      })
    },
    hasBegun: () => held !== "" || response.headersSent,
    giveUp: () => clearInterval(beat),
    end() {
      clearInterval(beat)
      flush()
      response.end()
    },
  }
}
