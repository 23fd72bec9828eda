import type { ModelFault } from "../errors.ts"
import type { ErrorBody } from "./error-body.ts"

/** Order matters: what the message says is surer than the status, which servers choose freely. */
export function faultOf(status: number | undefined, { message, names }: ErrorBody): ModelFault {
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
