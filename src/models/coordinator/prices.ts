import { costOf } from "../catalogue/cost.ts"
import { type ModelRequest, noUsage } from "../model.ts"
import type { Target } from "../target.ts"
import type { Prices } from "../usage/bookkeeping.ts"
import type { CallStates } from "../usage/call-state.ts"
import { promptTokens } from "./estimate.ts"
import type { Site } from "./site.ts"

/** Of a model whose longest answer is not known. */
const longAnswerTokens = 32_000

export function prices(sites: () => ReadonlyMap<string, Site>, states: Pick<CallStates, "of">): Prices {
  return {
    costOf: (provider, model, usage) => costOf(usage, sites().get(provider)?.target(model).facts.price ?? null),
    /** At the dearest of those that it may be sent to whose price is known. */
    mostOf(request) {
      const costs = states.of(request).targets.flatMap((target) => {
        const most = mostAt(request, target, sites().get(target.provider))
        return most === null ? [] : [most]
      })
      return costs.length === 0 ? null : Math.max(...costs)
    },
  }
}

/** All of the prompt written to the provider's cache, and the longest answer. */
function mostAt(request: ModelRequest, { model, facts }: Target, site: Site | undefined): number | null {
  if (!facts.price || !site) return null
  const inputTokens = promptTokens(request, site.configured.kind, model)
  const outputTokens = request.maxOutputTokens ?? facts.maxOutputTokens ?? longAnswerTokens
  const plain = { ...noUsage, inputTokens, outputTokens }
  const written = { ...plain, cacheWriteTokens: inputTokens, longCacheWriteTokens: inputTokens }
  return Math.max(costOf(plain, facts.price) ?? 0, costOf(written, facts.price) ?? 0)
}
