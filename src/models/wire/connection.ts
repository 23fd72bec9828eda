import { StringDecoder } from "node:string_decoder"
import type { z } from "zod"
import { type Clock, systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"
import type { ProviderOptions } from "../provider.ts"
import { type AnswerFaults, answerStream } from "./answer-stream.ts"
import type { Decoder, DecoderContext } from "./decoder.ts"
import { brokenStream, type FaultContext, httpFault, invalidAnswer, networkFault, streamFault } from "./faults.ts"
import type { OpenFraming } from "./framing.ts"
import { type WireLimits, wireLimits } from "./limits.ts"
import { redactor, secretsOf } from "./redact.ts"
import { openTransport, type WireCall, type WireSink } from "./transport.ts"

/**
 * What every provider over HTTP is built on: one server with its key, asked for one JSON or for a stream.
 *
 *     const connection = openConnection(options, { url: "https://api.x.com/v1", keyHeaders: bearer }, deps)
 *     connection.stream({ model, path: "/chat", body: () => encode(request), framing: serverSentEvents, decoder }, signal)
 *     await connection.json({ path: "/models", schema }, signal)
 *
 * Every fault is a ModelError without any key in it. Cancelled calls throw the signal's reason.
 */
export interface Connection {
  /** Origin and path that calls go to, without a query. */
  readonly address: string
  /** Asks for one JSON answer and checks it: GET, or POST where there is a body. */
  json<S extends z.ZodType>(call: JsonCall<S>, signal: AbortSignal): Promise<z.output<S>>
  /** Asks (POST) for a stream; nothing is sent before the first event is asked for. */
  stream(call: StreamCall, signal: AbortSignal): AsyncIterable<ModelEvent>
  /** For what is wrong with an answer that has the right form; `what` continues "<provider> ...". */
  invalid(what: string, model?: string): ModelError
  /** Takes no more calls; those under way go on to their end: fire their signals first to cut them short. */
  close(): Promise<void>
}

export interface Endpoint {
  /** Where the provider is when the settings don't say: up to and with the version. */
  readonly url: string
  /** The headers that carry the key. */
  readonly keyHeaders: (key: string) => Readonly<Record<string, string>>
  /** Sent with every call ("anthropic-version"); the user's own headers win over them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface WireDeps {
  readonly clock?: Clock | undefined
  /** Smaller ones for tests; default `wireLimits`. */
  readonly limits?: Partial<WireLimits> | undefined
  /** For the variables that name a proxy; default the process's. */
  readonly env?: NodeJS.ProcessEnv | undefined
}

interface Call {
  /** Appended to the url: "/models". A whole address ("http://...") is taken as it is. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface JsonCall<S extends z.ZodType> extends Call {
  readonly schema: S
  readonly body?: unknown
  readonly model?: string | undefined
}

export interface StreamCall extends Call {
  readonly model: string
  /** Made when it is sent, and again for every other try. */
  readonly body: () => unknown
  readonly framing: OpenFraming
  readonly decoder: (context: DecoderContext) => Decoder
  /** The provider refused the request. True: try once more, `body` now leaves out what was refused. */
  readonly again?: ((fault: ModelError) => boolean) | undefined
}

/** `authorization: Bearer <key>`, as OpenAI and everything like it takes it. */
export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** Throws InvalidInputError for a url that is none. */
export function openConnection(options: ProviderOptions, endpoint: Endpoint, deps: WireDeps = {}): Connection {
  const base = baseOf(options.url ?? endpoint.url, options.name)
  const clock = deps.clock ?? systemClock
  const limits = { ...wireLimits, ...deps.limits }
  const address = base.origin + base.pathname.replace(/\/+$/, "")
  const transport = openTransport(address, deps.env)

  function addressOf({ path }: Call): URL {
    if (/^https?:/.test(path)) return new URL(path)
    const url = new URL(address + path)
    for (const [name, value] of base.searchParams) url.searchParams.append(name, value)
    return url
  }

  /** The headers of one call; the key is read now. */
  function headersOf(call: Call): Readonly<Record<string, string>> {
    const key = options.key?.()?.trim()
    if (key !== undefined && /[^\x21-\x7e]/.test(key)) {
      throw new ModelError({
        fault: "MODEL_UNAUTHORIZED",
        message: `The key of ${options.name} has a sign in it that no key can have (a space or a line break?).`,
        hint: `Set it again with \`duck llm connect ${options.name}\`.`,
        provider: options.name,
      })
    }
    return {
      accept: "application/json, text/event-stream",
      "user-agent": "rubberduck",
      ...endpoint.headers,
      ...(key ? endpoint.keyHeaders(key) : {}),
      ...lowerCased(options.headers),
      ...call.headers,
    }
  }

  function contextOf(
    call: Call & { readonly model?: string | undefined },
    headers: Readonly<Record<string, string>>,
  ): FaultContext {
    const url = addressOf(call)
    return {
      provider: options.name,
      kind: options.kind,
      model: call.model,
      address: url.origin + url.pathname,
      redact: redactor([...secretsOf(headers), ...secretsOf(Object.fromEntries(url.searchParams))]),
    }
  }

  return {
    address,
    json(call, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(abortReason(signal))
        const url = addressOf(call)
        const headers = headersOf(call)
        const context = () => contextOf(call, headers)
        const body = call.body === undefined ? undefined : JSON.stringify(call.body)
        // Not there yet when a call fails as it is sent.
        let sent: WireCall | undefined
        const done = (settle: () => void) => {
          signal.removeEventListener("abort", cancelled)
          // What is still to come of the answer is not wanted; nothing happens when it is whole.
          sent?.abort()
          settle()
        }
        const sink = collected(limits, {
          whole(status, answerHeaders, text) {
            if (status < 200 || status > 299) {
              const answer = { status, headers: answerHeaders, body: text }
              return done(() => reject(httpFault(answer, context(), clock.now())))
            }
            done(() => {
              const checked = checkedJson(call.schema, text)
              if ("wrong" in checked) reject(invalidAnswer(checked.wrong, context()))
              else resolve(checked.value)
            })
          },
          tooLarge: () =>
            done(() => reject(invalidAnswer(`sent an answer of more than ${limits.answerBytes} bytes`, context()))),
          failed(error, hasStarted) {
            const fault = hasStarted ? brokenStream(context(), error) : networkFault(error, context())
            done(() => reject(fault))
          },
        })
        const cancelled = () => {
          sent?.abort()
          reject(abortReason(signal))
        }
        signal.addEventListener("abort", cancelled, { once: true })
        sent = transport.send(
          {
            method: body === undefined ? "GET" : "POST",
            origin: url.origin,
            path: url.pathname + url.search,
            headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
            body,
          },
          sink,
        )
      })
    },
    stream(call, signal) {
      const url = addressOf(call)
      let headers: Readonly<Record<string, string>> = {}
      let context: FaultContext | undefined
      const contextNow = () => {
        context ??= contextOf(call, headers)
        return context
      }
      const faults: AnswerFaults = {
        http: (status, answerHeaders, body) =>
          httpFault({ status, headers: answerHeaders, body }, contextNow(), clock.now()),
        network: (error) => networkFault(error, contextNow()),
        broken: (error) => brokenStream(contextNow(), error),
        invalid: (what) => invalidAnswer(what, contextNow()),
      }
      const forDecoder: DecoderContext = {
        provider: options.name,
        model: call.model,
        fault: (value) => streamFault(value, contextNow()),
        invalid: (what) => invalidAnswer(what, contextNow()),
      }
      return answerStream({
        framing: call.framing,
        decoder: () => call.decoder(forDecoder),
        faults,
        again: (fault) => fault instanceof ModelError && call.again?.(fault) === true,
        limits,
        clock,
        signal,
        send(sink) {
          headers = headersOf(call)
          context = undefined
          return transport.send(
            {
              method: "POST",
              origin: url.origin,
              path: url.pathname + url.search,
              headers: { "content-type": "application/json", ...headers },
              body: JSON.stringify(call.body()),
            },
            sink,
          )
        },
      })
    },
    invalid: (what, model) => invalidAnswer(what, contextOf({ path: "", model }, {})),
    async close() {
      transport.close()
    },
  }
}

/** Collects a body that is not streamed; of an error only as much as the limit says. */
function collected(
  limits: WireLimits,
  on: {
    whole(status: number, headers: Parameters<WireSink["onStart"]>[1], text: string): void
    tooLarge(): void
    failed(error: Error, hasStarted: boolean): void
  },
): WireSink {
  const text = new StringDecoder("utf8")
  const parts: string[] = []
  let bytes = 0
  let status = 0
  let headers: Parameters<WireSink["onStart"]>[1] = {}
  return {
    onStart(startedStatus, startedHeaders) {
      status = startedStatus
      headers = startedHeaders
    },
    onData(chunk) {
      bytes += chunk.length
      if (bytes > limits.answerBytes) return on.tooLarge()
      parts.push(text.write(chunk))
      if (status > 299 && bytes > limits.errorBytes) on.whole(status, headers, parts.join(""))
    },
    onEnd: () => on.whole(status, headers, parts.join("") + text.end()),
    onError: (error, hasStarted) => on.failed(error, hasStarted),
  }
}

function checkedJson<S extends z.ZodType>(schema: S, text: string): { value: z.output<S> } | { wrong: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { wrong: `answered with something that is not JSON: ${JSON.stringify(text.slice(0, 80))}` }
  }
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data }
  const issue = result.error.issues[0]
  return { wrong: `sent an answer of another form (${issue?.path.join(".") || "all of it"}: ${issue?.message})` }
}

function baseOf(url: string, provider: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed
  throw new InvalidInputError({
    message: `The url of the provider ${provider} is not an http(s) address.`,
    hint: 'Write it up to and with the version: "http://127.0.0.1:8000/v1".',
  })
}

const lowerCased = (headers: Readonly<Record<string, string>> | undefined) =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
