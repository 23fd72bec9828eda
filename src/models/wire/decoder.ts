import type { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"

/** JSON that came from outside: an object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export type Emit = (event: ModelEvent) => void

/**
 * Turns the events of one provider's stream into ours. One decoder reads one answer; it does no I/O and waits for
 * nothing, so that every event of a socket's chunk is handed on in the same tick.
 *
 * What it reads is checked by hand (`typeof`) and not by zod: a schema costs several microseconds an event, which is
 * most of what a token may cost; a field of the wrong type counts as missing. Answers that are not streamed (lists of
 * models, embeddings) are checked by zod.
 *
 * It must emit `start` first and `end` last; after `end` nothing more is read. It may throw what `DecoderContext` makes.
 */
export interface Decoder {
  /** `name`: the server-sent event's own name, "" without one. */
  read(value: JsonObject, emit: Emit, name: string): void
  /**
   * `isSaid`: the stream says `[DONE]`; otherwise its body is just over. Without an `end` emitted by now the stream
   * counts as broken.
   */
  finish(emit: Emit, isSaid: boolean): void
}

/** What a decoder knows of the call it reads, and how it says that something is wrong. Both faults are redacted. */
export interface DecoderContext {
  /** The provider's name in the settings. */
  readonly provider: string
  /** The model that was asked for, as the provider names it. */
  readonly model: string
  /** The provider reports an error inside the stream; `value`: the whole JSON of it. */
  fault(value: unknown): ModelError
  /** What came is not what the protocol says; `what` continues "<provider> ...": "sent a tool call without a name". */
  invalid(what: string): ModelError
}
