import type { Attribution } from "./attribution.ts"
import type { Model, ModelRequest, ProviderKind } from "./model.ts"

/** One place where models answer, opened. */
export interface Provider {
  /** The name in the settings: "openai", "work-vllm". */
  readonly name: string
  readonly kind: ProviderKind
  /** Runs on this machine or network: no price, no secret leaves. */
  readonly isLocal: boolean
  /** Takes the provider's own model names. */
  readonly model: Model
  listModels(signal: AbortSignal): Promise<readonly ListedModel[]>
  /** Undefined where the provider has no embeddings. */
  readonly embed?: (request: EmbedRequest, signal: AbortSignal) => Promise<Embeddings>
  /** Tokens of a request as the provider itself counts them; undefined where it has no such endpoint. */
  readonly countTokens?: (request: ModelRequest, signal: AbortSignal) => Promise<number>
  close(): Promise<void>
}

/** How to reach a provider. */
export interface ProviderOptions {
  readonly name: string
  readonly kind: ProviderKind
  /** Up to and with the version: "http://127.0.0.1:11434/v1". Default: the vendor's own, for kinds that have one. */
  readonly url?: string | undefined
  /** Read before each call, so that a rotated key is used at once. */
  readonly key?: (() => string | undefined) | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For `llama-cpp`: the GGUF file. */
  readonly file?: string | undefined
  readonly isLocal?: boolean | undefined
}

export interface ListedModel {
  /** The provider's own name. */
  readonly id: string
  readonly contextTokens?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly kind: "chat" | "embedding" | "other"
}

export interface EmbedRequest {
  readonly model: string
  readonly texts: readonly string[]
  readonly dimensions?: number | undefined
  readonly attribution: Attribution
}

export interface Embeddings {
  readonly provider: string
  readonly model: string
  /** One for each text, in order. */
  readonly vectors: readonly Float32Array[]
  readonly inputTokens: number
}
