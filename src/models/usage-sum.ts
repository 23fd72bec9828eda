import type { Usage } from "./model.ts"

/** Both together; estimated where one is. */
export function addedUsage(a: Usage, b: Usage): Usage {
  const long = (a.longCacheWriteTokens ?? 0) + (b.longCacheWriteTokens ?? 0)
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    ...(long > 0 ? { longCacheWriteTokens: long } : {}),
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    isEstimated: a.isEstimated || b.isEstimated,
  }
}

/** US dollars together; unknown where one is. */
export const addedCost = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b
