import type { DuckError } from "../../base/errors.ts"
import { sayingWhatNext, statusForClient } from "./client-error.ts"
import type { ErrorDialect } from "./dialect.ts"

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
}

const overloaded = new Set(["MODEL_OVERLOADED", "MODEL_RESTING"])

/** `{type: "error", error: {type, message}}` (docs.anthropic.com/en/api/errors). */
export const anthropicErrors: ErrorDialect = {
  requestIdHeader: "request-id",
  statusOf,
  body: (error, requestId) => ({
    type: "error",
    error: { type: types[statusOf(error)] ?? "api_error", message: messageOf(error) },
    request_id: requestId,
  }),
}

function statusOf(error: DuckError): number {
  return overloaded.has(error.code) ? 529 : statusForClient(error)
}

/** Clients look for these words to know that they have to shorten the conversation: the dialect has no code for it. */
function messageOf(error: DuckError): string {
  const message = sayingWhatNext(error)
  return error.code === "CONTEXT_TOO_LONG" && !/prompt is too long/i.test(message)
    ? `prompt is too long: ${message}`
    : message
}
