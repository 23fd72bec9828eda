import type { IncomingMessage, ServerResponse } from "node:http"
import type { Actor } from "../access/actor.ts"
import type { Clock } from "../base/clock.ts"
import { asDuckError, DuckError, NotFoundError } from "../base/errors.ts"
import { headers } from "../base/wire.ts"
import type { Host, ServerFacts } from "../commands/context.ts"
import type { Pipeline } from "../commands/pipeline.ts"
import type { Models } from "../models/models.ts"
import type { Logger } from "../observe/log.ts"
import type { Activity } from "./activity.ts"
import { throughClient } from "./client-name.ts"
import type { Gateway } from "./gateway/gateway.ts"
import { isGatewayPath } from "./gateway/paths.ts"
import type { Guard } from "./guard.ts"
import { runOverHttp } from "./http-command.ts"
import { refusals } from "./refusals.ts"
import { sendError, sendJson } from "./send.ts"
import type { shareRoutes } from "./share.ts"

export interface HttpOptions {
  readonly version: string
  readonly guard: Guard
  readonly actor: Actor
  readonly pipeline: Pipeline
  readonly activity: Activity
  readonly facts: ServerFacts
  readonly host: Host
  readonly models: Models
  readonly clock: Clock
  readonly logger: Logger
  /** Someone came without the token or from a wrong place. */
  onRefused(error: DuckError): void
}

/** Every HTTP route there is. The WebSocket comes in by `upgrade`, not here. */
export function httpHandler(options: HttpOptions) {
  const { version, guard, actor, pipeline, activity, facts, logger } = options

  // Idle servers do without it: it comes with the first program that asks for a model.
  let gateway: Gateway | undefined
  const openGateway = async () => {
    const module = await import("./gateway/gateway.ts")
    gateway ??= module.gateway(options)
    return gateway
  }

  let shares: ReturnType<typeof shareRoutes> | undefined
  const openShares = async () => {
    const module = await import("./share.ts")
    shares ??= module.shareRoutes(options)
    return shares
  }

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost")
    const origin = guard.place(request)
    if (origin !== undefined) allow(request, response, origin)
    if (request.method === "OPTIONS") return void response.writeHead(204).end()

    const name = /^\/v1\/commands\/([^/]+)$/.exec(url.pathname)?.[1]
    if (name !== undefined) {
      only("POST", request)
      guard.token(request, url)
      const command = decodeURIComponent(name)
      guard.client(request, command)
      return runOverHttp(request, response, { name: command, actor: throughClient(actor, request), pipeline, activity })
    }
    if (url.pathname.startsWith("/share/")) return (shares ?? (await openShares()))(request, response, url)
    if (isGatewayPath(url.pathname)) return (gateway ?? (await openGateway()))(request, response, url)
    switch (url.pathname) {
      case "/health":
        only("GET", request)
        return sendJson(response, 200, facts.health())
      case "/ready": {
        only("GET", request)
        const health = facts.health()
        return sendJson(response, health.status === "ok" ? 200 : 503, health)
      }
      case "/openapi.json": {
        only("GET", request)
        const { openApi } = await import("./openapi.ts")
        return sendJson(response, 200, openApi())
      }
      default:
        throw new NotFoundError({
          message: `There is nothing at ${url.pathname.slice(0, 200)}.`,
          hint: "GET /openapi.json describes what there is.",
        })
    }
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader(headers.version, version)
    route(request, response).catch((thrown) => {
      const error = thrown instanceof URIError ? badPath(thrown) : asDuckError(thrown)
      if (refusals.has(error.code)) options.onRefused(error)
      if (error.code === "INTERNAL") logger.error("request failed", { error })
      sendError(response, error)
    })
  }
}

const badPath = (cause: unknown) =>
  new DuckError({ code: "INVALID_INPUT", message: "The path is not percent-encoded UTF-8.", status: 400, cause })

function only(method: string, request: IncomingMessage): void {
  if (request.method === method || (method === "GET" && request.method === "HEAD")) return
  throw new DuckError({
    code: "METHOD_NOT_ALLOWED",
    message: `${request.method} is not taken here.`,
    hint: `Use ${method}.`,
    status: 405,
  })
}

/**
 * Cross-origin reading for a page that may (fetch.spec.whatwg.org, CORS protocol). The vendors' clients send headers of
 * their own to the gateway, more with each version; a page that may speak to the server may send what it likes.
 */
function allow(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const own = ["authorization", "content-type", ...Object.values(headers)].join(", ")
  response.setHeader("access-control-allow-origin", origin)
  response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? own)
  response.setHeader("access-control-expose-headers", exposed)
  response.setHeader("access-control-max-age", "600")
  response.setHeader("vary", "origin, access-control-request-headers")
}

const exposed = [headers.version, "x-request-id", "request-id", "retry-after", "retry-after-ms"].join(", ")
