import { StringDecoder } from "node:string_decoder"
import type { Clock } from "../../base/clock.ts"
import { CancelledError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import type { ModelError } from "../errors.ts"

import type { ModelEvent } from "../model.ts"
import type { CallFaults } from "./call-faults.ts"
import { type Decoder, isJsonObject, type JsonObject } from "./decoder.ts"
import { EventTooLargeError, type Framing, type OpenFraming, serverSentEvents, wholeBody } from "./framing.ts"
import type { WireLimits } from "./limits.ts"
import type { AnswerHeaders, WireCall, WireSink } from "./transport.ts"

export interface AnswerStreamOptions {
  readonly send: (sink: WireSink) => WireCall
  readonly framing: OpenFraming
  /** A fresh one for each sending. */
  readonly decoder: () => Decoder
  readonly faults: CallFaults
  /** True: send again, because the next body leaves out what was refused. */
  readonly again: (fault: ModelError) => boolean
  readonly limits: WireLimits
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Events that wait for a slow reader before the socket is read no more, and below which it is read again. */
const mostWaiting = 512
const fewWaiting = 64
/** After the last event the body may still end properly, which keeps the connection for the next call. */
const lingerMs = 1000
/** One for all: an error for each answer costs. */
const bodyOver = new CancelledError()

/**
 * The events of one streamed answer. Written by hand rather than as an async generator: an event that a reader waits
 * for resolves that reader's promise, and every other one costs its place in a queue and one resolved promise.
 * The request is sent at the first `next`; `return` and the signal abort it.
 */
export function answerStream(options: AnswerStreamOptions): AsyncIterableIterator<ModelEvent> {
  const { send, faults, limits, clock, signal } = options
  let waiting: ModelEvent[] = []
  let given = 0
  const readers: {
    resolve(result: IteratorResult<ModelEvent>): void
    reject(error: unknown): void
  }[] = []
  let call: WireCall | undefined
  let hasBegun = false
  let isPaused = false
  /** No more events come: the last one was read, or `failure` is what the reader gets after those that wait. */
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  /** The `end` was given; only the body's own end is waited for. */
  let isComplete = false
  let isBodyOver = false
  let lingering: AbortController | undefined

  const emit = (event: ModelEvent) => {
    if (isOver) return
    const reader = readers.shift()
    if (reader) reader.resolve({ done: false, value: event })
    else {
      waiting.push(event)
      if (!isPaused && waiting.length - given > mostWaiting) {
        isPaused = true
        call?.pause()
      }
    }
    if (event.kind === "end") {
      isComplete = true
      end()
    }
  }

  function end(error?: { readonly error: unknown }) {
    if (isOver) return
    isOver = true
    failure = error
    signal.removeEventListener("abort", cancelled)
    const reader = readers.shift()
    if (reader && failure) {
      reader.reject(failure.error)
      failure = undefined
    } else reader?.resolve({ done: true, value: undefined })
    for (const late of readers.splice(0)) late.resolve({ done: true, value: undefined })
  }

  function stop(error?: { readonly error: unknown }) {
    call?.abort()
    end(error)
  }

  function cancelled() {
    waiting = []
    given = 0
    stop({ error: abortReason(signal) })
  }

  function begin() {
    hasBegun = true
    if (signal.aborted) return end({ error: abortReason(signal) })
    signal.addEventListener("abort", cancelled, { once: true })
    ask()
  }

  function ask() {
    try {
      call = send(sinkOf())
    } catch (error) {
      // What is thrown here is ours to say: the key can't be sent, the body can't be made.
      end({ error })
    }
  }

  function sinkOf(): WireSink {
    const decoder = options.decoder()
    const text = new StringDecoder("utf8")
    let framing: Framing | undefined
    let bytes = 0
    let refused: { status: number; headers: AnswerHeaders; chunks: Buffer[] } | undefined

    const onEvent = (data: string, name: string) => {
      if (isOver) return
      if (data === "[DONE]") return decoder.finish(emit, true)
      decoder.read(objectOf(data), emit, name)
    }

    const objectOf = (data: string): JsonObject => {
      let value: unknown
      try {
        value = JSON.parse(data)
      } catch {
        throw faults.invalid(`sent something that is not JSON: ${JSON.stringify(data.slice(0, 80))}`)
      }
      if (!isJsonObject(value)) throw faults.invalid("sent JSON that is not an object")
      return value
    }

    const guarded = (work: () => void) => {
      try {
        work()
      } catch (error) {
        stop({
          error:
            error instanceof EventTooLargeError
              ? faults.invalid(`sent an event of more than ${limits.eventLength} characters`)
              : error,
        })
      }
    }

    const refuse = ({ status, headers, chunks }: NonNullable<typeof refused>) => {
      const fault = faults.http(status, headers, Buffer.concat(chunks).toString("utf8", 0, limits.errorBytes))
      call?.abort()
      if (!isOver && options.again(fault)) ask()
      else end({ error: fault })
    }

    return {
      onStart(status, headers) {
        const type = String(headers["content-type"])
        if (status < 200 || status > 299) refused = { status, headers, chunks: [] }
        else if (/^text\/html/i.test(type)) stop({ error: faults.invalid("answered with a web page") })
        // A server that knows no streaming answers with one JSON, and some report an error so, with status 200.
        else if (options.framing === serverSentEvents && /^application\/json/i.test(type))
          framing = wholeBody(onEvent, limits.eventLength)
        else framing = options.framing(onEvent, limits.eventLength)
      },
      onData(chunk) {
        bytes += chunk.length
        if (refused) {
          refused.chunks.push(chunk)
          if (bytes >= limits.errorBytes) refuse(refused)
          return
        }
        // After the end only the closing of the body is waited for.
        if (isOver) return
        if (bytes > limits.answerBytes) {
          return stop({ error: faults.invalid(`sent an answer of more than ${limits.answerBytes} bytes`) })
        }
        guarded(() => framing?.feed(text.write(chunk)))
        // The end of the body comes mostly in the same piece, and so before this is looked at.
        if (isComplete) queueMicrotask(linger)
      },
      onEnd() {
        isBodyOver = true
        lingering?.abort(bodyOver)
        if (refused) return refuse(refused)
        guarded(() => {
          const rest = text.end()
          if (rest !== "") framing?.feed(rest)
          framing?.end()
          if (!isOver) decoder.finish(emit, false)
        })
        if (!isOver) end({ error: faults.broken() })
      },
      onError(error, hasStarted) {
        isBodyOver = true
        lingering?.abort(bodyOver)
        if (refused) return refuse(refused)
        if (!isOver) end({ error: hasStarted ? faults.broken(error) : faults.network(error) })
      },
    }
  }

  function linger() {
    if (lingering || isBodyOver) return
    lingering = new AbortController()
    clock.sleep(lingerMs, lingering.signal).then(
      () => call?.abort(),
      () => {},
    )
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      const value = waiting[given]
      if (value) {
        if (++given === waiting.length) {
          waiting = []
          given = 0
        }
        if (isPaused && waiting.length - given < fewWaiting) {
          isPaused = false
          call?.resume()
        }
        return Promise.resolve({ done: false, value })
      }
      if (!hasBegun) begin()
      if (failure) {
        const { error } = failure
        failure = undefined
        return Promise.reject(error)
      }
      if (isOver) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve, reject) => readers.push({ resolve, reject }))
    },
    return() {
      hasBegun = true
      waiting = []
      given = 0
      if (!isOver) stop()
      failure = undefined
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}
