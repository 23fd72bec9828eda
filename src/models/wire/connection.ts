import type { z } from "zod"
import { type Clock, systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"
import type { ProviderOptions } from "../provider.ts"
import { answerStream } from "./answer-stream.ts"
import type { CallFaults } from "./call-faults.ts"
import type { Decoder, DecoderContext } from "./decoder.ts"
import { brokenStream, type FaultContext, httpFault, invalidAnswer, networkFault, streamFault } from "./faults.ts"
import type { OpenFraming } from "./framing.ts"
import { jsonAnswer } from "./json-answer.ts"
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
      // Without this any coding would do, by RFC 9110, 12.5.3.
      "accept-encoding": "identity",
      "user-agent": "rubberduck",
      ...endpoint.headers,
      ...(key ? endpoint.keyHeaders(key) : {}),
      ...lowerCased(options.headers),
      ...call.headers,
    }
  }

  /** A call that can be sent (again), and the faults that it can end in; those know the secrets it was sent with. */
  function prepared(call: Call & { readonly model?: string | undefined }) {
    const url = addressOf(call)
    let headers: Readonly<Record<string, string>> = {}
    // A redactor is only made where something failed.
    const context = (): FaultContext => ({
      provider: options.name,
      kind: options.kind,
      model: call.model,
      address: url.origin + url.pathname,
      redact: redactor([...secretsOf(headers), ...secretsOf(Object.fromEntries(url.searchParams))]),
    })
    const faults: CallFaults = {
      http: (status, answer, body) => httpFault({ status, headers: answer, body }, context(), clock.now()),
      network: (error) => networkFault(error, context()),
      broken: (error) => brokenStream(context(), error),
      invalid: (what) => invalidAnswer(what, context()),
      inside: (value) => streamFault(value, context()),
    }
    const send = (body: unknown, sink: WireSink): WireCall => {
      headers = headersOf(call)
      return transport.send(
        {
          method: body === undefined ? "GET" : "POST",
          origin: url.origin,
          path: url.pathname + url.search,
          headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
          body: body === undefined ? undefined : JSON.stringify(body),
        },
        sink,
      )
    }
    return { faults, send }
  }

  return {
    address,
    json(call, signal) {
      const { faults, send } = prepared(call)
      return jsonAnswer({ send: (sink) => send(call.body, sink), schema: call.schema, faults, limits, signal })
    },
    stream(call, signal) {
      const { faults, send } = prepared(call)
      const context: DecoderContext = {
        provider: options.name,
        model: call.model,
        fault: faults.inside,
        invalid: faults.invalid,
      }
      return answerStream({
        send: (sink) => send(call.body(), sink),
        framing: call.framing,
        decoder: () => call.decoder(context),
        faults,
        again: (fault) => call.again?.(fault) === true,
        limits,
        clock,
        signal,
      })
    },
    invalid: (what, model) => prepared({ path: "", model }).faults.invalid(what),
    async close() {
      transport.close()
    },
  }
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
