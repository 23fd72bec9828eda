import type { Usage } from "../model.ts"
import type { Price } from "./facts.ts"

/**
 * US dollars of a call; null where the price is unknown. Every token of the prompt is charged once: as read from the
 * cache, as written to it, or as plain input. A provider whose parts add up to more than the whole is charged for the
 * parts; never less than nothing.
 */
export function costOf(usage: Usage, price: Price | null): number | null {
  if (!price) return null
  const { longPrompt } = price
  const rates = longPrompt && usage.inputTokens > longPrompt.overTokens ? longPrompt.price : price
  const cached = tokens(usage.cachedInputTokens)
  const written = tokens(usage.cacheWriteTokens)
  const writtenLong = Math.min(written, tokens(usage.longCacheWriteTokens ?? 0))
  const plain = tokens(usage.inputTokens - cached - written)
  const writeUsd = rates.cacheWriteUsd ?? rates.inputUsd
  return (
    (plain * rates.inputUsd +
      cached * (rates.cachedInputUsd ?? rates.inputUsd) +
      (written - writtenLong) * writeUsd +
      writtenLong * (rates.longCacheWriteUsd ?? writeUsd) +
      tokens(usage.outputTokens) * rates.outputUsd) /
    1_000_000
  )
}

/** A count that a provider gave: nothing where it makes no sense. */
const tokens = (count: number): number => (Number.isFinite(count) && count > 0 ? count : 0)
