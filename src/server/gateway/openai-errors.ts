import type { DuckError } from "../../base/errors.ts"
import { sayingWhatNext, statusForClient } from "./client-error.ts"
import type { ErrorDialect } from "./dialect.ts"

/** Codes that OpenAI's clients and agents know; any other code goes out as ours, in lower case. */
const knownCodes: Readonly<Record<string, string>> = {
  UNAUTHORIZED: "invalid_api_key",
  MODEL_UNKNOWN: "model_not_found",
  CONTEXT_TOO_LONG: "context_length_exceeded",
  CONTENT_REFUSED: "content_policy_violation",
  MODEL_RATE_LIMITED: "rate_limit_exceeded",
  LIMIT_REACHED: "rate_limit_exceeded",
  MODEL_QUOTA: "insufficient_quota",
  BUDGET_EXCEEDED: "insufficient_quota",
}

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "insufficient_quota",
  403: "permission_error",
  404: "invalid_request_error",
  405: "invalid_request_error",
  413: "invalid_request_error",
  429: "rate_limit_error",
}

/** `{error: {message, type, code, param}}` (platform.openai.com/docs/guides/error-codes). */
export const openAiErrors: ErrorDialect = {
  requestIdHeader: "x-request-id",
  statusOf: statusForClient,
  body: (error) => ({ error: openAiError(error) }),
}

export function openAiError(error: DuckError) {
  return {
    message: sayingWhatNext(error),
    type: types[statusForClient(error)] ?? "server_error",
    code: openAiCode(error),
    param: paramOf(error),
  }
}

export const openAiCode = ({ code }: DuckError): string => knownCodes[code] ?? code.toLowerCase()

function paramOf({ code, details }: DuckError): string | null {
  if (typeof details?.param === "string") return details.param
  return code === "MODEL_UNKNOWN" ? "model" : null
}
