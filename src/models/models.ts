import type { Attribution } from "./attribution.ts"
import type { Model, ModelRequest, ProviderKind } from "./model.ts"
import type { Embeddings, EmbedRequest, ListedModel } from "./provider.ts"
import type { TokenCount } from "./tokens/count.ts"

/** The model layer of a running server: every configured provider behind one function. */
export interface Models {
  /**
   * Routes, limits, caches, retries, fails over, counts. `request.model`: "" for the default, "provider/model", a model's
   * bare name, or an alias of the settings. Throws NO_MODEL where nothing is configured.
   */
  readonly call: Model
  /** As `call`, of the named model and no other: no strategy, no failover, no hedge. To see what this one says. */
  readonly only: Model
  embed(request: EmbedRequest, signal: AbortSignal): Promise<Embeddings>
  /**
   * Tokens of a prompt as the model that it names will count them: exact where its vocabulary is public, else an estimate
   * that reports of its provider have corrected. Nobody is asked; works for any name, and without any model.
   */
  countTokens(request: ModelRequest): Promise<TokenCount>
  /** Whether there is a model to ask at all; false: everything works without one. `project`: its root, for its settings. */
  hasModel(project?: string): boolean
  /** What can be asked now; asks the providers that have not been asked lately. A provider that fails is listed with why. */
  list(options: {
    readonly provider?: string
    readonly refresh?: boolean
    readonly signal: AbortSignal
  }): Promise<readonly ModelListing[]>
  /** Nothing is asked of anyone. */
  status(project?: string): Promise<ModelsStatus>
  /** What was used, every call that is over included. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>
  /** Keeps which of several answers to one prompt somebody liked best, for later learning. */
  prefer(choice: {
    readonly attribution: Attribution
    readonly prompt: string
    /** "provider/model" of each. */
    readonly preferred: string
    readonly others: readonly string[]
  }): Promise<void>
  /** One small question to the provider, to see that it answers. Throws ModelError. */
  probe(provider: string, signal: AbortSignal): Promise<{ readonly model: string; readonly tookMs: number }>
  close(): Promise<void>
}

export interface ModelListing {
  readonly provider: string
  readonly models: readonly {
    readonly id: string
    readonly kind: ListedModel["kind"]
    readonly contextTokens: number | null
    readonly maxOutputTokens: number | null
    /** US dollars for a million tokens; null: unknown. */
    readonly inputUsd: number | null
    readonly outputUsd: number | null
    readonly isDefault: boolean
  }[]
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string | undefined }
}

export interface ModelsStatus {
  /** "provider/model", or null without one. */
  readonly defaultModel: Sourced<string | null>
  readonly strategy: Sourced<string>
  readonly providers: readonly ProviderStatus[]
  /** Those that someone has used today, and those that are set for someone by name. */
  readonly budgets: readonly BudgetStatus[]
}

export interface BudgetStatus {
  readonly scope: "user" | "project" | "total"
  /** The user's id or the project's root; "" for the total. */
  readonly who: string
  readonly spentUsd: number
  /** Held by calls that run now. */
  readonly reservedUsd: number
  readonly softUsd: number | null
  readonly hardUsd: number | null
  readonly state: "within" | "warned" | "exhausted"
  /** ISO 8601: when it begins anew. */
  readonly until: string
}

export interface UsageQuery {
  /**
   * `section`: parts of the prompt, with their input tokens; `miss`: why prompts were not read from the provider's cache,
   * with the input tokens that were not. Of these two only calls and input tokens are told.
   */
  readonly by: "day" | "user" | "project" | "model" | "command" | "section" | "miss"
  /** First and last day, "2026-01-31", in UTC. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export interface UsageRow {
  /** The day, user, root of the project, "provider/model" or command; "" where there is none. */
  readonly name: string
  readonly calls: number
  readonly failed: number
  readonly cancelled: number
  readonly inputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Of the calls whose price is known. */
  readonly costUsd: number
  readonly unpricedCalls: number
  /** Means of the calls that came to a provider; null where none came so far. */
  readonly firstTokenMs: number | null
  readonly durationMs: number
  /** Of the calls, those answered from the cache or by another call that ran at the same time. */
  readonly reused: number
  /** What these would have taken, in and out, and cost where the price is known. */
  readonly savedTokens: number
  readonly savedUsd: number
}

/** A value and where it came from: "default", "user /path:3", "environment OPENAI_API_KEY"... */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
}

export interface ProviderStatus {
  readonly name: string
  readonly kind: ProviderKind
  readonly url: Sourced<string>
  /** Whether there is a key, and from where; never the key. */
  readonly key: Sourced<"set" | "missing" | "not needed">
  readonly model: Sourced<string | null>
  readonly isLocal: boolean
  readonly health: "unknown" | "healthy" | "degraded" | "resting"
  /** Of the calls of the last minutes. */
  readonly calls: number
  readonly failures: number
  readonly firstTokenMs: number | null
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null
  readonly restsUntil: string | null
}
