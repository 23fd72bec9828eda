import type { DuckError } from "../../base/errors.ts"
import { ModelError } from "../../models/errors.ts"

/**
 * The status for the gateway's client. A provider that refuses our key is 403 for it, not 401: the client's own key was
 * right, and an agent that gets 401 asks its user for another one.
 */
export function statusForClient(error: DuckError): number {
  return error.code === "MODEL_UNAUTHORIZED" ? 403 : error.status
}

/** The message and what to do next, in one sentence after the other: the dialects have no field for a hint. */
export function sayingWhatNext({ code, message, hint }: DuckError): string {
  // The hint of an unexpected error is for the command line.
  if (code === "INTERNAL") return `${message} The server's log says more.`
  return hint === undefined ? message : `${message} ${hint}`
}

/**
 * Headers that tell a client when to come again (RFC 9110, 10.2.3; `retry-after-ms` is what both official clients look
 * at first), or that it need not: they would try a 503 twice more, though no model will be there then either.
 */
export function retryHeaders(error: DuckError): Record<string, string> {
  if (!(error instanceof ModelError)) return {}
  const { retryAfterMs } = error
  if (retryAfterMs !== undefined) {
    return { "retry-after": String(Math.ceil(retryAfterMs / 1000)), "retry-after-ms": String(Math.ceil(retryAfterMs)) }
  }
  return error.isPassing || error.fault === "LIMIT_REACHED" || error.fault === "MODEL_RESTING"
    ? {}
    : { "x-should-retry": "false" }
}
