import type { Price } from "./facts.ts"

/** What one page of one vendor said on one day. */
export interface Sheet {
  /** The day on which this was known (ISO). Prices change: a user's own entries win over these. */
  readonly asOf: string
  /** The vendor's page that says it. */
  readonly source: string
  readonly models: Readonly<Record<string, Entry>>
}

/** What a sheet says of a model; what is left out is unknown. */
export interface Entry {
  /** Largest prompt and answer together. */
  readonly context?: number
  readonly output?: number
  readonly price?: Price
  /** A price announced for later, from a day on (ISO). */
  readonly laterPrice?: { readonly from: string; readonly price: Price }
  /** Abilities that are known to be there: t(ools), i(mages), r(easoning), s(chema of the output). */
  readonly can?: string
  /** Abilities that are known to be missing, by the same letters. */
  readonly cannot?: string
}

/** A price in US dollars for a million tokens: input, output, read from the cache, written to it. */
export const usd = (
  inputUsd: number,
  outputUsd: number,
  cachedInputUsd: number | null = null,
  cacheWriteUsd: number | null = null,
): Price => ({ inputUsd, outputUsd, cachedInputUsd, cacheWriteUsd })

/** `price`, and another for calls with a prompt above `overTokens` tokens. */
export const longer = (price: Price, overTokens: number, above: Price): Price => ({
  ...price,
  longPrompt: { overTokens, price: above },
})
