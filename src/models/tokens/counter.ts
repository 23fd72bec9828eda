import type { ModelRequest, ProviderKind, Usage } from "../model.ts"
import { countTokens, type TokenCount } from "./count.ts"
import { tokenFamily } from "./family.ts"

/** Counts for many models, and learns from what their providers report. */
export interface TokenCounter {
  count(model: CountedModel, what: string | ModelRequest): Promise<LearnedCount>
  /** What the provider said the request took that `counted` was of. */
  learn(model: CountedModel, counted: LearnedCount, usage: Usage): void
}

export interface CountedModel {
  readonly kind: ProviderKind
  /** The provider's name in the settings: two servers may give one name to different models. */
  readonly provider: string
  readonly model: string
}

export interface LearnedCount extends TokenCount {
  /** What would have been said without what was learned. */
  readonly untaught: number
}

interface Lesson {
  /** Logarithm of reported tokens for each untaught one. */
  logRatio: number
  /** Running mean of how far the last reports were from `logRatio`. */
  spread: number
  seen: number
}

/** A provider that reports something absurd (an error, another model behind the name) must not spoil all that follows. */
const widestRatio = Math.log(2.5)
/** The latest report weighs at least this much, so that a model that changes behind its name is followed. */
const leastWeight = 0.15
/** Below this, what stands around the text outweighs the text. */
const leastTokens = 200
const mostModels = 200
/** What is counted exactly is so until its provider reports another number. */
const contradictedError = 10

export function tokenCounter(): TokenCounter {
  const lessons = new Map<string, Lesson>()
  const keyOf = ({ provider, model }: CountedModel) => `${provider}\n${model}`

  return {
    async count(model, what) {
      const counted = await countTokens(what, tokenFamily(model.kind, model.model))
      const lesson = lessons.get(keyOf(model))
      if (!lesson) return { ...counted, untaught: counted.tokens }
      const taughtError = Math.ceil((Math.exp(2 * lesson.spread) - 1) * 100)
      const familyError = counted.isExact ? contradictedError : counted.errorPercent
      return {
        tokens: Math.ceil(counted.tokens * Math.exp(lesson.logRatio)),
        isExact: false,
        // Two reports can agree by chance; from the third on they say more than the family does.
        errorPercent: lesson.seen < 3 ? familyError : Math.min(familyError, Math.max(2, taughtError)),
        untaught: counted.tokens,
      }
    },
    learn(model, counted, usage) {
      if (usage.isEstimated || (counted.isExact && usage.inputTokens === counted.untaught)) return
      if (counted.untaught < leastTokens || !(usage.inputTokens > 0)) return
      const ratio = Math.log(usage.inputTokens / counted.untaught)
      if (!(Math.abs(ratio) <= widestRatio)) return
      const key = keyOf(model)
      const lesson = lessons.get(key) ?? { logRatio: ratio, spread: 0, seen: 0 }
      lesson.seen++
      const weight = Math.max(1 / lesson.seen, leastWeight)
      lesson.spread += weight * (Math.abs(ratio - lesson.logRatio) - lesson.spread)
      lesson.logRatio += weight * (ratio - lesson.logRatio)
      lessons.delete(key)
      lessons.set(key, lesson)
      const oldest = lessons.keys().next()
      if (lessons.size > mostModels && !oldest.done) lessons.delete(oldest.value)
    },
  }
}
