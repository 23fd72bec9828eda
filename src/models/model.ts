import type { Attribution } from "./attribution.ts"
import type { Fill } from "./fill.ts"

/**
 * The one model function. A provider is a Model; retry, breaker, failover, routing, limits, cache, budget and tracing are
 * functions from Model to Model.
 *
 * The stream begins with one `start`, ends with one `end`, and throws a ModelError (errors.ts) where it can't: what was
 * given until then was given. Nothing is asked of a provider before the stream is read. Whoever stops reading early
 * (`return`) or fires the signal ends the call at the provider too.
 */
export type Model = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>

/** A layer around a model. It must hand on a stream that it no longer has to watch, not copy it event by event. */
export type Layer = (next: Model) => Model

export interface ModelRequest {
  /** As a user names it ("anthropic/claude-x", an alias, "" for the default); behind the router, the provider's own name. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[] | undefined
  readonly toolChoice?: ToolChoice | undefined
  /** False: at most one tool call in an answer. */
  readonly parallelToolCalls?: boolean | undefined
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly seed?: number | undefined
  readonly reasoning?: Reasoning | undefined
  /** The answer is to be JSON of this schema. */
  readonly output?: OutputSchema | undefined
  /**
   * A gap in a text that the answer fills. A model that was trained to fill gaps gets this in place of the messages, where
   * its provider takes it; every other one the messages, which must ask for the same.
   */
  readonly fill?: Fill | undefined
  readonly attribution: Attribution
  /** Fields that only the provider knows, put into its request as they are. Ours win over them. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}

export interface Message {
  /** `system` may stand anywhere; a provider that has only one gets them joined. */
  readonly role: "system" | "user" | "assistant" | "tool"
  readonly parts: readonly Part[]
  /** The prompt up to the end of this message will come again: worth the provider's cache. */
  readonly cache?: CacheMark | undefined
  /** Which part of the prompt this is ("system", "rules", "code", "history"): tokens are counted by it. */
  readonly section?: string | undefined
}

/** How long the provider is asked to keep a prefix: about five minutes, or about an hour. */
export type CacheMark = "short" | "long"

export type Part = TextPart | ImagePart | ReasoningPart | ToolCallPart | ToolResultPart

export interface TextPart {
  readonly kind: "text"
  readonly text: string
}

export interface ImagePart {
  readonly kind: "image"
  /** "image/png", "image/jpeg", "image/gif" or "image/webp". */
  readonly mediaType: string
  /** Base64, or the address of an image that the provider fetches. */
  readonly source: { readonly kind: "base64"; readonly data: string } | { readonly kind: "url"; readonly url: string }
}

/** What the model thought. Goes back only to the kind of provider it came from, where its `proof` is needed. */
export interface ReasoningPart {
  readonly kind: "reasoning"
  readonly text: string
  readonly proof?: ReasoningProof | undefined
}

/** Opaque to us: a signature, encrypted or redacted content, an item's id. */
export interface ReasoningProof {
  readonly from: ProviderKind
  readonly data: Readonly<Record<string, unknown>>
}

export interface ToolCallPart {
  readonly kind: "tool-call"
  readonly id: string
  readonly name: string
  /** JSON text, as the model wrote it; not checked against the tool's schema. */
  readonly arguments: string
  readonly proof?: ReasoningProof | undefined
}

export interface ToolResultPart {
  readonly kind: "tool-result"
  readonly callId: string
  readonly name: string
  readonly content: readonly (TextPart | ImagePart)[]
  readonly isError?: boolean | undefined
}

export interface Tool {
  readonly name: string
  readonly description?: string | undefined
  /** JSON Schema of an object. */
  readonly parameters: JsonSchema
  readonly strict?: boolean | undefined
}

export type ToolChoice = "auto" | "none" | "required" | { readonly name: string }
export type JsonSchema = Readonly<Record<string, unknown>>

export interface Reasoning {
  readonly effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | undefined
  /** Most tokens for thinking, where the provider takes a number. */
  readonly maxTokens?: number | undefined
}

export interface OutputSchema {
  readonly name: string
  readonly schema: JsonSchema
}

export type ModelEvent =
  | StartEvent
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  /** The thought told by the `reasoning` events since the last end of one is whole. */
  | { readonly kind: "reasoning-end"; readonly proof?: ReasoningProof | undefined }
  /** A tool call is being written; only for showing. `index` tells parallel ones apart. */
  | {
      readonly kind: "tool-delta"
      readonly index: number
      readonly id: string
      readonly name: string
      readonly text: string
    }
  /** A whole tool call. The only thing to act on. */
  | ({ readonly kind: "tool-call"; readonly index: number } & Omit<ToolCallPart, "kind">)
  /** Another model goes on from here: unfinished tool calls and thoughts are void, text stays. */
  | { readonly kind: "restart"; readonly provider: string; readonly model: string; readonly why: string }
  | EndEvent

export interface StartEvent {
  readonly kind: "start"
  /** The provider's name in the settings, and its own name of the model. */
  readonly provider: string
  readonly model: string
  /** The provider's id of the answer. */
  readonly id?: string | undefined
  /** Where the answer did not come from the provider now. */
  readonly from?: "cache" | "shared" | undefined
}

export interface EndEvent {
  readonly kind: "end"
  readonly finish: Finish
  readonly usage: Usage
  /** US dollars; null where a price is unknown; put in by the books. */
  readonly costUsd?: number | null | undefined
  /** Of an answer that did not come from the provider now: what that one used and cost, which this call did not. */
  readonly saved?: { readonly usage: Usage; readonly costUsd: number | null } | undefined
}

/** `refused`: the provider's safety rules or the model's own; `length`: the output limit was reached. */
export type Finish = "stop" | "length" | "tool-calls" | "refused"

export interface Usage {
  /** All of the prompt, with what came from the provider's cache and what was written to it. */
  readonly inputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  /** Of the written ones, those to be kept about an hour, where the provider says it: they cost more. */
  readonly longCacheWriteTokens?: number | undefined
  /** With the reasoning. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** The provider did not say; it was counted here. */
  readonly isEstimated: boolean
}

export const noUsage: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  isEstimated: false,
}

export const providerKinds = [
  "openai",
  "openai-chat",
  "anthropic",
  "gemini",
  "ollama",
  "lmstudio",
  "llama-cpp",
] as const
/** `openai`: the responses API; `openai-chat`: any server that speaks chat completions. */
export type ProviderKind = (typeof providerKinds)[number]

/** Puts layers around a model; the first one is the outermost. */
export const layered = (model: Model, ...layers: readonly Layer[]): Model =>
  layers.reduceRight((inner, layer) => layer(inner), model)
