import type { ModelRequest, ProviderKind, Usage } from "../model.ts"
import { type CountedModel, tokenCalibration } from "../tokens/calibration.ts"
import { countTokens, type TokenCount } from "../tokens/count.ts"
import { families, tokenFamily } from "../tokens/family.ts"

export interface TokenCounting {
  /** `model`: what the request will go to; undefined: by its name alone. */
  count(request: ModelRequest, model: CountedModel | undefined): Promise<TokenCount>
  /** Learns from what a provider said; counting costs more than it teaches, so that only some are looked at. */
  reported(request: ModelRequest, from: CountedModel, usage: Usage): void
}

/** The first calls of a model teach most; then one now and then sees whether it is still the same. */
const firstCalls = 5
const thenEvery = 25
const mostModels = 500

/** Counts prompts for the models of a server, and corrects the counts by what their providers report. */
export function tokenCounting(kindOf: (provider: string) => ProviderKind | undefined): TokenCounting {
  const calibration = tokenCalibration()
  const calls = new Map<string, number>()
  const familyOf = ({ provider, model }: CountedModel) => tokenFamily(kindOf(provider) ?? "openai-chat", model)

  const isDue = ({ provider, model }: CountedModel): boolean => {
    const key = `${provider}/${model}`
    const before = calls.get(key) ?? 0
    if (calls.size >= mostModels && before === 0) calls.clear()
    calls.set(key, before + 1)
    return before < firstCalls || before % thenEvery === 0
  }

  return {
    async count(request, model) {
      const counted = await countTokens(request, familyOf(model ?? { provider: "", model: request.model }))
      return model ? calibration.corrected(model, counted) : counted
    },
    reported(request, from, usage) {
      const family = familyOf(from)
      // What is counted by a vocabulary needs no teaching, and the vocabulary would have to be loaded for it.
      if (families[family].errorPercent === 0 || usage.isEstimated || !isDue(from)) return
      setImmediate(() => {
        countTokens(request, family).then(
          (counted) => calibration.learn(from, counted, usage),
          () => {},
        )
      })
    },
  }
}
