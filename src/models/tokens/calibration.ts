import type { Usage } from "../model.ts"
import type { TokenCount } from "./count.ts"

/**
 * Corrects counts by what providers report of the calls they were of. Kept in memory, a number or two for each model; a
 * few calls teach it again. One for each server.
 */
export interface TokenCalibration {
  /** The count as the reports on this model have corrected it. */
  corrected(model: CountedModel, counted: TokenCount): TokenCount
  /** What the provider said a request took; `counted`: what was counted of it, not corrected. */
  learn(model: CountedModel, counted: TokenCount, usage: Usage): void
}

export interface CountedModel {
  /** The provider's name in the settings: two servers may give one name to different models. */
  readonly provider: string
  readonly model: string
}

interface Lesson {
  /** Logarithm of reported tokens for each counted one. */
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
/** Two reports can agree by chance; from the third on they say more than the family does. */
const enoughReports = 3

export function tokenCalibration(): TokenCalibration {
  const lessons = new Map<string, Lesson>()
  const keyOf = ({ provider, model }: CountedModel) => `${provider}\n${model}`

  return {
    corrected(model, counted) {
      const lesson = lessons.get(keyOf(model))
      if (!lesson) return counted
      const untaughtError = counted.isExact ? contradictedError : counted.errorPercent
      const taughtError = Math.max(2, Math.ceil((Math.exp(2 * lesson.spread) - 1) * 100))
      return {
        tokens: Math.ceil(counted.tokens * Math.exp(lesson.logRatio)),
        isExact: false,
        errorPercent: lesson.seen < enoughReports ? untaughtError : Math.min(untaughtError, taughtError),
      }
    },
    learn(model, { tokens, isExact }, { inputTokens, isEstimated }) {
      if (isEstimated || (isExact && inputTokens === tokens)) return
      if (tokens < leastTokens || !(inputTokens > 0)) return
      const ratio = Math.log(inputTokens / tokens)
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
