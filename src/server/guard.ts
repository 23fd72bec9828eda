import type { IncomingMessage } from "node:http"
import { isSameToken } from "../access/token.ts"
import { DuckError, InvalidInputError } from "../base/errors.ts"
import { headers, subprotocols } from "../base/wire.ts"

export interface GuardOptions {
  readonly port: number
  readonly token: string
  readonly version: string
  /** Origins of pages beside the server's own. */
  readonly allowedOrigins: readonly string[]
}

export interface Guard {
  /**
   * Refuses what reached us by another name than loopback (DNS rebinding: a page whose host was pointed at 127.0.0.1),
   * and pages of other origins. Gives the origin to be named in the answer, undefined without one.
   */
  place(request: IncomingMessage): string | undefined
  /** Refuses a request without this data folder's token. */
  token(request: IncomingMessage, url: URL): void
  /** Refuses a command line of another version, except where any may ask. */
  client(request: IncomingMessage, command: string): void
}

/** Commands that a client of any version may run: to see who is there and to make it go. */
const anyVersion = new Set(["stop", "status", "health"])

export function guard({ port, token, version, allowedOrigins }: GuardOptions): Guard {
  const hosts = new Set(
    ["127.0.0.1", "localhost", "[::1]"].flatMap((host) => [`${host}:${port}`, ...(port === 80 ? [host] : [])]),
  )
  const origins = new Set([
    ...[...hosts].map((host) => `http://${host}`),
    ...allowedOrigins.map((one) => new URL(one).origin),
  ])

  return {
    place({ headers: { host, origin } }) {
      if (!hosts.has((host ?? "").toLowerCase())) {
        throw new DuckError({
          code: "HOST_REFUSED",
          message: "This server answers only to its own loopback address.",
          hint: `Use http://127.0.0.1:${port}.`,
          status: 421,
        })
      }
      if (origin === undefined || origins.has(origin)) return origin
      throw new DuckError({
        code: "ORIGIN_REFUSED",
        message: "Pages of this origin may not speak to the server.",
        hint: "Add the origin to the setting server.allowedOrigins if you trust it.",
        status: 403,
      })
    },
    token(request, url) {
      if (url.searchParams.has("token")) {
        throw new InvalidInputError({
          code: "TOKEN_IN_URL",
          message: "A token in the address ends up in logs and histories, and is not taken.",
          hint: "Send it as `authorization: Bearer <token>`.",
        })
      }
      const given = bearerOf(request) ?? apiKeyOf(request) ?? subprotocolTokenOf(request)
      if (given !== undefined && isSameToken(given, token)) return
      throw new DuckError({
        code: "UNAUTHORIZED",
        message: given === undefined ? "A token is needed." : "The token is not the one of this server.",
        hint: "It is in the file `token` of the data folder (`duck config path`).",
        status: 401,
      })
    },
    client(request, command) {
      const [name, theirs] = String(request.headers[headers.client] ?? "").split("/")
      if (name !== "cli" || theirs === version || anyVersion.has(command)) return
      throw new DuckError({
        code: "VERSION_MISMATCH",
        message: `The server is version ${version}, the client ${theirs}.`,
        hint: "Stop the server with `duck stop`; the next command starts its own.",
        status: 409,
        details: { server: version, client: theirs },
      })
    },
  }
}

function bearerOf({ headers: { authorization } }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]
}

/** As Anthropic's clients send their key. */
function apiKeyOf({ headers: { "x-api-key": key } }: IncomingMessage): string | undefined {
  return typeof key === "string" && key !== "" ? key : undefined
}

/** Browsers can't set headers on a WebSocket, but they can offer subprotocols. */
function subprotocolTokenOf(request: IncomingMessage): string | undefined {
  if (request.headers.upgrade === undefined) return undefined
  const offered = offeredProtocols(request).find((one) => one.startsWith(subprotocols.tokenPrefix))
  return offered?.slice(subprotocols.tokenPrefix.length)
}

export function offeredProtocols(request: IncomingMessage): string[] {
  return String(request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
}
