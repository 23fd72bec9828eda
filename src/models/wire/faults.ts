import type { IncomingHttpHeaders } from "node:http"
import { systemCode } from "../../base/errors.ts"
import { ModelError, type ModelFault } from "../errors.ts"
import type { ProviderKind } from "../model.ts"
import { type ErrorBody, readErrorBody, readErrorValue } from "./error-body.ts"
import type { Redact } from "./redact.ts"
import { durationMs, retryAfterMs } from "./retry-after.ts"

/** Whose call it was; every text that comes from outside goes through `redact`. */
export interface FaultContext {
  readonly provider: string
  readonly kind: ProviderKind
  readonly model: string | undefined
  /** Where it was sent: origin and path, no query. */
  readonly address: string
  readonly redact: Redact
}

/** An answer that is not 2xx, as the fault it means. `body`: as much of it as was read. */
export function httpFault(
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string },
  context: FaultContext,
  nowMs: number,
): ModelError {
  const { status } = answer
  if (status >= 300 && status < 400) {
    return fault("MODEL_ANSWER_INVALID", context, {
      message: `${context.provider} redirects from ${context.address} (HTTP ${status}), which is not followed.`,
      hint: "Set the provider's url to where it really is.",
      status,
    })
  }
  const body = readErrorBody(answer.body)
  return bodyFault(body, status, context, retryAfterMs(answer.headers, nowMs) ?? durationMs(body.retryDelay))
}

/** An error object that came inside an answer that began well. */
export function streamFault(value: unknown, context: FaultContext): ModelError {
  const body = readErrorValue(value)
  return bodyFault(body, body.status, context, durationMs(body.retryDelay))
}

/** The answer is not what the protocol says. `what` follows the provider's name: "answered with ...". */
export function invalidAnswer(what: string, context: FaultContext): ModelError {
  return fault("MODEL_ANSWER_INVALID", context, {
    message: `${context.provider} ${context.redact(what)}.`,
    hint: `Check that ${context.address} is the address of this kind of provider (${context.kind}).`,
  })
}

export function brokenStream(context: FaultContext, cause?: Error): ModelError {
  return fault("MODEL_STREAM_BROKEN", context, {
    message: `The answer of ${context.provider} broke off before its end.`,
    hint: "Ask again; if it comes back, look at the provider's log or at a proxy between.",
    cause: cause && cleanCause(cause, context.redact),
  })
}

/** A fault of the network before the answer began. */
export function networkFault(error: Error, context: FaultContext): ModelError {
  const code = codeOf(error)
  const { why, hint } = unreachable(code, error, context)
  return fault("MODEL_UNREACHABLE", context, {
    message: `${context.provider} can't be reached at ${context.address}: ${context.redact(why)}.`,
    hint,
    details: code === undefined ? undefined : { reason: code },
    cause: cleanCause(error, context.redact),
  })
}

function bodyFault(
  body: ErrorBody,
  status: number | undefined,
  context: FaultContext,
  retryAfterMs: number | undefined,
): ModelError {
  const name = faultOf(status, body)
  const said =
    body.message === "" ? (status === undefined ? "an error without a message" : `HTTP ${status}`) : body.message
  return fault(name, context, {
    message: `${context.provider} ${deeds[name] ?? "failed"}: ${context.redact(said)}`,
    hint: hintOf(name, context),
    status,
    retryAfterMs,
    details: body.field === undefined ? undefined : { field: context.redact(body.field) },
  })
}

const deeds: Partial<Readonly<Record<ModelFault, string>>> = {
  MODEL_UNAUTHORIZED: "refused the key",
  MODEL_UNKNOWN: "does not know the model or the address",
  CONTEXT_TOO_LONG: "takes no prompt this long",
  CONTENT_REFUSED: "refused the content",
  MODEL_REQUEST_INVALID: "did not accept the request",
  MODEL_RATE_LIMITED: "asks to slow down",
  MODEL_QUOTA: "says that the account's credit or quota is used up",
  MODEL_OVERLOADED: "is overloaded",
  MODEL_TIMEOUT: "took too long",
}

function hintOf(name: ModelFault, { provider, kind }: FaultContext): string {
  switch (name) {
    case "MODEL_UNAUTHORIZED":
      return `Check the key and its rights; \`duck llm connect ${provider}\` sets a new one.`
    case "MODEL_UNKNOWN":
      return kind === "ollama"
        ? `\`duck llm list-models ${provider}\` shows what it has; \`ollama pull <model>\` gets another one.`
        : `\`duck llm list-models ${provider}\` shows its models; check its url with \`duck llm status\`.`
    case "CONTEXT_TOO_LONG":
      return "Give less context, or take a model with a longer one."
    case "CONTENT_REFUSED":
      return "Ask in another way, or take another model."
    case "MODEL_QUOTA":
      return "Add credit at the provider, or take another provider."
    case "MODEL_RATE_LIMITED":
    case "MODEL_OVERLOADED":
      return "Wait a little, or configure a second provider to fail over to."
    case "MODEL_REQUEST_INVALID":
      return "Change the request as the provider says."
    default:
      return "Ask again in a while; the provider's status page may say more."
  }
}

/** Order matters: what the message says is surer than the status, which servers choose freely. */
function faultOf(status: number | undefined, { message, names }: ErrorBody): ModelFault {
  const isNamed = (pattern: RegExp) => names.some((name) => pattern.test(name))
  // A fault of the server may quote anything; only for what the request or the account caused is the text read.
  const isOurs = status === undefined || (status >= 400 && status < 500) || status === 500
  if (isOurs) {
    if (isNamed(contextNames) || contextTexts.test(message)) return "CONTEXT_TOO_LONG"
    if (isNamed(contentNames) || (status !== 429 && contentTexts.test(message))) return "CONTENT_REFUSED"
    // Google calls a plain rate limit a quota too.
    if (isNamed(quotaNames) || (!isNamed(/^resource_exhausted$/) && quotaTexts.test(message))) return "MODEL_QUOTA"
  }
  if (status === 429 || isNamed(/^(rate_limit|resource_exhausted|too_many_requests|throttl)/))
    return "MODEL_RATE_LIMITED"
  if (status === 503 || status === 529 || isNamed(/overloaded|^slow_down$|^unavailable/)) return "MODEL_OVERLOADED"
  if (isNamed(keyNames) || (isOurs && keyTexts.test(message))) return "MODEL_UNAUTHORIZED"
  if (isNamed(/model_not_found|model_not_available/) || (isOurs && modelTexts.test(message))) return "MODEL_UNKNOWN"
  switch (status) {
    case undefined:
      return isNamed(/^invalid_|^bad_?request/) ? "MODEL_REQUEST_INVALID" : "MODEL_FAILED"
    case 401:
    case 403:
    case 407:
      return "MODEL_UNAUTHORIZED"
    case 402:
      return "MODEL_QUOTA"
    case 404:
    case 405:
      return "MODEL_UNKNOWN"
    case 408:
      return "MODEL_TIMEOUT"
    case 413:
      return "CONTEXT_TOO_LONG"
    case 425:
      return "MODEL_OVERLOADED"
    default:
      return status >= 400 && status < 500 ? "MODEL_REQUEST_INVALID" : "MODEL_FAILED"
  }
}

const contextNames = /^(context_length_exceeded|exceed_context_size_error|string_above_max_length|request_too_large)$/
/** OpenAI, vLLM, llama.cpp, LM Studio, Ollama, OpenRouter, Anthropic, Google, xAI, Mistral, Groq, in this order. */
const contextTexts = new RegExp(
  [
    "maximum context length",
    "exceeds the context window",
    "(?:maximum|max) model len(?:gth)?",
    "available context size",
    "context the overflows",
    "(?:reached|greater than the) context length",
    "(?:exceeds|exceeded) (?:the |max(?:imum)? )?(?:model'?s? )?context (?:length|limit|size|window)",
    "prompt (?:is )?too long",
    "exceed context limit",
    "input token count .*exceeds the maximum",
    "maximum prompt length",
    "too large for model with",
    "reduce the length of the messages",
    "input is too long for requested model",
  ].join("|"),
  "i",
)
const contentNames = /content_filter|content_policy|moderation|^responsibleaipolicyviolation$|^safety|^refusal$/
const contentTexts =
  /content (?:management|filtering|usage|moderation)? ?polic(?:y|ies)|flagged (?:as potentially violating|by|for)|violat\w+ (?:our )?(?:usage|safety|content) polic|requires moderation/i
const quotaNames = /^(insufficient_quota|insufficient_credits|billing_\w+|quota_exceeded|payment_required)$/
const quotaTexts =
  /exceeded your current quota|credit balance is too low|insufficient (?:credits|balance|funds|quota)|more credits/i
const keyNames =
  /^(invalid_api_key|api_key_invalid|authentication_error|permission_error|unauthenticated|permission_denied)$/
const keyTexts = /(?:incorrect|invalid) api key|api key not valid|api key (?:is )?(?:missing|required|expired)/i
const modelTexts =
  /model .{0,120}(?:does not exist|not found|is not supported for this|not loaded)|not a valid model|invalid model (?:id|name)/i

/** undici wraps what the socket said; a connection to a name with several addresses fails with all of them. */
function codeOf(error: Error): string | undefined {
  const code = systemCode(error)
  if (code !== undefined && code !== "UND_ERR_SOCKET") return code
  if (error.cause instanceof Error) return codeOf(error.cause) ?? code
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0])
  return code
}

function unreachable(code: string | undefined, error: Error, { kind, address }: FaultContext) {
  const server =
    kind === "ollama" ? "Ollama (`ollama serve`)" : kind === "lmstudio" ? "LM Studio's server" : "the server"
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        why: `the name can't be resolved (${code})`,
        hint: "Check the url for a wrong letter, and this machine's network and name server.",
      }
    case "ECONNREFUSED":
      return { why: "nothing listens there (ECONNREFUSED)", hint: `Start ${server}, or correct the provider's url.` }
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return {
        why: `the connection was closed before an answer came (${code})`,
        hint: "Ask again; if it comes back, look at the server's log or at a proxy between.",
      }
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return {
        why: `no connection within ten seconds (${code})`,
        hint: "Check the url, the network and the firewalls between.",
      }
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { why: `there is no way to that network (${code})`, hint: "Check this machine's network." }
    case "UND_ERR_CLOSED":
    case "UND_ERR_DESTROYED":
      return { why: "it has just been disconnected", hint: "Ask again: the next call uses the new configuration." }
    default:
  }
  if (code !== undefined && /CERT|SIGNATURE|SELF_SIGNED|ISSUER|^ERR_TLS|^CRL/.test(code)) {
    return {
      why: `its TLS certificate is not accepted (${code})`,
      hint: "Give the server a certificate that fits its name, or name your authority's file in NODE_EXTRA_CA_CERTS.",
    }
  }
  if (code !== undefined && /^(ERR_SSL|EPROTO)/.test(code)) {
    return { why: `TLS fails (${code})`, hint: `Check whether ${address} should begin with http: instead of https:.` }
  }
  if (code !== undefined && /^HPE_/.test(code)) {
    return {
      why: `what answers is not an HTTP server (${code})`,
      hint: "Check the host and port of the provider's url.",
    }
  }
  return { why: error.message, hint: "Check the provider's url and this machine's network." }
}

/** The error below without anything that could carry a header: only its name, code and redacted words. */
function cleanCause(error: Error, redact: Redact): Error {
  const clean = new Error(redact(error.message))
  clean.name = error.name
  return Object.assign(clean, { code: codeOf(error) })
}

function fault(
  name: ModelFault,
  context: FaultContext,
  options: {
    readonly message: string
    readonly hint: string
    readonly status?: number | undefined
    readonly retryAfterMs?: number | undefined
    readonly details?: Readonly<Record<string, unknown>> | undefined
    readonly cause?: Error | undefined
  },
): ModelError {
  const { status, ...rest } = options
  return new ModelError({
    ...rest,
    fault: name,
    provider: context.provider,
    model: context.model === undefined ? undefined : context.redact(context.model),
    providerStatus: status,
  })
}
