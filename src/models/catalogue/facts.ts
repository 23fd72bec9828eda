/** What is known of a model; null: unknown, and shown as unknown. */
export interface ModelFacts {
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
  readonly price: Price | null
  readonly supports: {
    readonly tools: boolean | null
    readonly images: boolean | null
    readonly reasoning: boolean | null
    readonly outputSchema: boolean | null
  }
}

/** US dollars for a million tokens. */
export interface Price {
  readonly inputUsd: number
  readonly outputUsd: number
  /** Read from the provider's cache; null: as other input. */
  readonly cachedInputUsd: number | null
  /** Written to the provider's cache; null: as other input. */
  readonly cacheWriteUsd: number | null
  /** Written to be kept about an hour, where that has its own price; else as other writes. */
  readonly longCacheWriteUsd?: number | null | undefined
  /** What a call costs, all of it, whose prompt has more than `overTokens` tokens. */
  readonly longPrompt?: { readonly overTokens: number; readonly price: Omit<Price, "longPrompt"> } | undefined
}
