import { DuckError } from "../base/errors.ts"

/** What went wrong between us and a model; each has its own way on. */
export type ModelFault =
  /** The key is wrong, expired or lacks the right. */
  | "MODEL_UNAUTHORIZED"
  | "MODEL_UNKNOWN"
  /** The prompt is longer than the model takes. */
  | "CONTEXT_TOO_LONG"
  /** The provider's safety rules. */
  | "CONTENT_REFUSED"
  /** The provider did not like the request in another way. */
  | "MODEL_REQUEST_INVALID"
  | "MODEL_RATE_LIMITED"
  /** Paid credit or the account's quota is used up. */
  | "MODEL_QUOTA"
  | "MODEL_OVERLOADED"
  /** Nothing listens there, the name can't be resolved, TLS fails. */
  | "MODEL_UNREACHABLE"
  /** Time was up: before the first token, or between two. */
  | "MODEL_TIMEOUT"
  /** The stream ended before its end. */
  | "MODEL_STREAM_BROKEN"
  /** What came is not what the protocol says, or is larger than any answer. */
  | "MODEL_ANSWER_INVALID"
  /** 5xx of another kind. */
  | "MODEL_FAILED"
  /** The breaker is open: it failed often just now and is not asked. */
  | "MODEL_RESTING"
  /** Our own limits: requests or tokens a minute, queue full. */
  | "LIMIT_REACHED"
  | "BUDGET_EXCEEDED"
  /** No provider is configured, or none fits the request. */
  | "NO_MODEL"

const statuses: Readonly<Record<ModelFault, number>> = {
  MODEL_UNAUTHORIZED: 401,
  MODEL_UNKNOWN: 404,
  CONTEXT_TOO_LONG: 400,
  CONTENT_REFUSED: 400,
  MODEL_REQUEST_INVALID: 400,
  MODEL_RATE_LIMITED: 429,
  MODEL_QUOTA: 402,
  MODEL_OVERLOADED: 503,
  MODEL_UNREACHABLE: 503,
  MODEL_TIMEOUT: 504,
  MODEL_STREAM_BROKEN: 502,
  MODEL_ANSWER_INVALID: 502,
  MODEL_FAILED: 502,
  MODEL_RESTING: 503,
  LIMIT_REACHED: 429,
  BUDGET_EXCEEDED: 402,
  NO_MODEL: 503,
}

/** Worth another try of the same request at the same place, after a pause. */
const passing: ReadonlySet<ModelFault> = new Set([
  "MODEL_RATE_LIMITED",
  "MODEL_OVERLOADED",
  "MODEL_UNREACHABLE",
  "MODEL_TIMEOUT",
  "MODEL_STREAM_BROKEN",
  "MODEL_ANSWER_INVALID",
  "MODEL_FAILED",
])

/** Not the provider's fault: no other provider would take it either, and its health is not touched. */
const ours: ReadonlySet<ModelFault> = new Set(["MODEL_REQUEST_INVALID", "LIMIT_REACHED", "BUDGET_EXCEEDED", "NO_MODEL"])

export interface ModelErrorOptions {
  readonly fault: ModelFault
  /** What happened and why; never holds a key (providers redact). */
  readonly message: string
  readonly hint?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  /** What the provider asked us to wait. */
  readonly retryAfterMs?: number | undefined
  /** The provider's HTTP status. */
  readonly providerStatus?: number | undefined
  readonly cause?: unknown
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

export class ModelError extends DuckError {
  readonly fault: ModelFault
  readonly provider: string | undefined
  readonly model: string | undefined
  readonly retryAfterMs: number | undefined

  constructor({ fault, provider, model, retryAfterMs, providerStatus, details, ...rest }: ModelErrorOptions) {
    const known = { provider, model, retryAfterMs, providerStatus }
    const facts = Object.fromEntries(
      Object.entries({ ...details, ...known }).filter(([, value]) => value !== undefined),
    )
    super({ ...rest, code: fault, status: statuses[fault], details: facts })
    this.fault = fault
    this.provider = provider
    this.model = model
    this.retryAfterMs = retryAfterMs
  }

  /** The same request may succeed at the same place a little later. */
  get isPassing(): boolean {
    return passing.has(this.fault)
  }

  /** Another provider may take the request. */
  get isElsewhere(): boolean {
    return !ours.has(this.fault)
  }
}
