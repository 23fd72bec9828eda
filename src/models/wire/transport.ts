import type { IncomingHttpHeaders } from "node:http"
import { Agent, EnvHttpProxyAgent } from "undici"
import { isLocalAddress } from "./local-address.ts"

/**
 * HTTP/1.1 to one provider: connections are kept alive and as many as there are calls under way. Callbacks instead of
 * streams and promises: a token costs no more than the parsing of its bytes.
 *
 * undici rather than node:http: about twice the calls a second, less CPU for each streamed piece, and no call is written
 * into a connection that the server has just closed (docs/decisions/080-provider-wire.md). HTTP/2 is left out: one broken
 * session would break every stream in it.
 */
export interface Transport {
  /** Sends at once. Exactly one of `onEnd` and `onError` is called, unless the call is aborted: then none. */
  send(request: WireRequest, sink: WireSink): WireCall
  /** Takes no more calls; those under way go on to their end. */
  close(): void
}

export interface WireRequest {
  readonly method: "GET" | "POST"
  /** "https://host:port" */
  readonly origin: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export type AnswerHeaders = IncomingHttpHeaders

export interface WireSink {
  onStart(status: number, headers: AnswerHeaders): void
  onData(chunk: Buffer): void
  onEnd(): void
  /** A fault of the network; `hasStarted`: after `onStart`. */
  onError(error: Error, hasStarted: boolean): void
}

export interface WireCall {
  /** Closes the connection, so that the provider stops working on the answer. Harmless when the call has ended. */
  abort(): void
  /** Reads no more from the socket until `resume`. */
  pause(): void
  resume(): void
}

interface Controller {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** `address`: where the calls will go; `env` says through which proxy, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY do. */
export function openTransport(address: string, env: NodeJS.ProcessEnv = process.env): Transport {
  const agent = agentFor(address, env)
  return {
    send(request, sink) {
      let controller: Controller | undefined
      let hasStarted = false
      let isOver = false
      agent.dispatch(
        {
          method: request.method,
          origin: request.origin,
          path: request.path,
          headers: request.headers,
          body: request.body ?? null,
        },
        {
          onRequestStart(started) {
            controller = started
            if (isOver) started.abort(new Error("The call was aborted."))
          },
          onResponseStart(_, status, headers) {
            // 1xx: the answer is still to come.
            if (isOver || status < 200) return
            hasStarted = true
            sink.onStart(status, headers)
          },
          onResponseData(_, chunk) {
            if (!isOver) sink.onData(chunk)
          },
          onResponseEnd() {
            if (isOver) return
            isOver = true
            sink.onEnd()
          },
          onResponseError(_, error) {
            if (isOver) return
            isOver = true
            sink.onError(error, hasStarted)
          },
        },
      )
      return {
        abort() {
          if (isOver) return
          isOver = true
          controller?.abort(new Error("The call was aborted."))
        },
        pause: () => controller?.pause(),
        resume: () => controller?.resume(),
      }
    },
    close() {
      // It waits for the calls under way, which have callbacks of their own; nothing can fail that they don't hear of.
      agent.close().catch(() => {})
    },
  }
}

function agentFor(address: string, env: NodeJS.ProcessEnv): Agent | EnvHttpProxyAgent {
  const options = {
    allowH2: false,
    // Time-outs are a layer's: a local model may think for minutes before its first token.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  }
  const named = (name: string) => env[name] || env[name.toUpperCase()] || ""
  const [httpProxy, httpsProxy, noProxy] = [named("http_proxy"), named("https_proxy"), named("no_proxy")]
  // A model on this machine or network is never behind the proxy to the world.
  const isDirect = isLocalAddress(address) || (!httpProxy && !httpsProxy)
  return isDirect ? new Agent(options) : new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy })
}
