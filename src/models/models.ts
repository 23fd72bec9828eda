import type { Model, ProviderKind } from "./model.ts"
import type { Embeddings, EmbedRequest } from "./provider.ts"

/** The model layer of a running server: every configured provider behind one function. */
export interface Models {
  /**
   * Routes, limits, caches, retries, fails over, counts. `request.model`: "" for the default, "provider/model", a model's
   * bare name, or an alias of the settings. Throws NO_MODEL where nothing is configured.
   */
  readonly call: Model
  embed(request: EmbedRequest, signal: AbortSignal): Promise<Embeddings>
  /** Whether there is a model to ask at all; false: everything works without one. `project`: its root, for its settings. */
  hasModel(project?: string): boolean
  /** What can be asked now; asks the providers that have not been asked lately. A provider that fails is listed with why. */
  list(options: {
    readonly provider?: string
    readonly refresh?: boolean
    readonly signal: AbortSignal
  }): Promise<readonly ModelListing[]>
  /** Nothing is asked of anyone. */
  status(project?: string): ModelsStatus
  /** One small question to the provider, to see that it answers. Throws ModelError. */
  probe(provider: string, signal: AbortSignal): Promise<{ readonly model: string; readonly tookMs: number }>
  close(): Promise<void>
}

export interface ModelListing {
  readonly provider: string
  readonly models: readonly {
    readonly id: string
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
