/** Turns texts into vectors of meaning: a model's, or a test's stand-in. */
export interface Embedder {
  /** Names the model: vectors of different ones are never compared. */
  readonly id: string
  /**
   * A vector for each text, all of one width; they need not be normalised. Throws DuckError: CONTEXT_TOO_LONG and
   * CONTENT_REFUSED say that a text is at fault, every other code that the model can't be had now. `retryAfterMs` and
   * `until` (ISO 8601) in its details say when it may be had again.
   */
  embed(texts: readonly string[], kind: "document" | "query", signal: AbortSignal): Promise<readonly Float32Array[]>
}

/** The embedder that is chosen now, if any: the choice may change at any time, so it is asked for each time. */
export type EmbedderOf = () => Embedder | undefined
