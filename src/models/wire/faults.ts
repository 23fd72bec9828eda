import type { IncomingHttpHeaders } from "node:http"
import { ModelError, type ModelFault } from "../errors.ts"
import type { ProviderKind } from "../model.ts"
import { faultOf } from "./classify.ts"
import { type ErrorBody, readErrorBody, readErrorValue } from "./error-body.ts"
import { cleanCause, unreachable } from "./network-fault.ts"
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
  const { code, why, hint } = unreachable(error, context.kind, context.address)
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
    model: context.model,
    providerStatus: status,
  })
}
