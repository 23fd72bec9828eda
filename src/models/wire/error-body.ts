import { truncate } from "../../base/text.ts"

/** What can be read from the body of an error, whatever the server. All of it comes from outside: shown only redacted. */
export interface ErrorBody {
  /** For a person; "" where the body says nothing. */
  readonly message: string
  /** All that names the kind of error (code, type, status, reason), in lower case: "insufficient_quota". */
  readonly names: readonly string[]
  /** The field of the request that the provider did not like, as it names it. */
  readonly field: string | undefined
  /** Google's RetryInfo: "7s". */
  readonly retryDelay: unknown
  /** The HTTP status the body claims, where an error comes inside an answer of status 200. */
  readonly status: number | undefined
}

const maxMessage = 600

/**
 * Reads `{error: {message, type, code, param, status, metadata}}` (OpenAI, Anthropic, Google, OpenRouter, llama.cpp,
 * LM Studio), `{error: "..."}` (Ollama), `{object: "error", message, code}` (vLLM), `{detail: [{loc, msg}]}` (FastAPI),
 * a list of one of these, or plain text. Never throws.
 */
export function readErrorBody(text: string): ErrorBody {
  const value = parsed(text)
  if (value === undefined) return plain(text)
  return readErrorValue(value)
}

/** The same from JSON that was parsed already. */
export function readErrorValue(value: unknown): ErrorBody {
  const outer = record(Array.isArray(value) ? value[0] : value)
  const error = outer.error ?? outer
  if (typeof error === "string") return plain(error)
  const inner = record(error)
  const details = Array.isArray(inner.details) ? inner.details.map(record) : []
  const metadata = record(inner.metadata)
  const issues = Array.isArray(outer.detail) ? outer.detail.map(record) : []
  const message = [
    string(inner.message) ?? string(inner.msg) ?? string(outer.message) ?? string(outer.detail) ?? string(inner.error),
    // OpenRouter says in `raw` what the provider behind it said.
    typeof metadata.raw === "string" ? metadata.raw : undefined,
    ...issues.map((issue) => `${path(issue.loc)}: ${string(issue.msg) ?? "not accepted"}`),
  ]
  const names = [
    inner.code,
    inner.type,
    inner.status,
    outer.type,
    outer.code,
    ...details.map((detail) => detail.reason),
  ]
  const moderated = Array.isArray(metadata.reasons) ? ["moderation"] : []
  return {
    message: truncate(message.filter((part) => part !== undefined && part !== "").join(" "), maxMessage),
    names: [...names.filter((name) => typeof name === "string").map((name) => name.toLowerCase()), ...moderated],
    field: string(inner.param) ?? (issues[0] ? path(issues[0].loc) : undefined),
    retryDelay: details.find((detail) => detail.retryDelay !== undefined)?.retryDelay,
    status: [inner.code, inner.status, outer.code].find(isErrorStatus),
  }
}

const none: ErrorBody = { message: "", names: [], field: undefined, retryDelay: undefined, status: undefined }

function plain(text: string): ErrorBody {
  const isPage = /^\s*<(?:!doctype|html)/i.test(text)
  return {
    ...none,
    message: isPage ? "the answer is a web page" : truncate(text.trim().replace(/\s+/g, " "), maxMessage),
  }
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const isErrorStatus = (code: unknown): code is number => typeof code === "number" && code >= 400 && code < 600
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {}
const string = (value: unknown) => (typeof value === "string" ? value : undefined)
const path = (value: unknown) => (Array.isArray(value) ? value.filter((part) => part !== "body").join(".") : "request")
