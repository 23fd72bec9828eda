import { type Clock, systemClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"

export interface BucketOptions {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
  /** Longest wait for a turn; a longer one is refused at once. */
  readonly maxWaitMs: number
  readonly clock?: Clock
}

export interface Buckets {
  /**
   * Takes one request and about so many tokens for `key`; waits until they are there. Gives what settles it: called with
   * the tokens that were really used, it gives back or takes the difference. Throws LIMIT_REACHED with `retryAfterMs`
   * when the wait would be too long, and the signal's reason.
   */
  take(key: string, tokens: number, signal: AbortSignal): Promise<(usedTokens: number) => void>
}

interface Level {
  requests: number
  tokens: number
  atMs: number
}

const minuteMs = 60_000
/** Beyond this many, keys whose buckets are full again are forgotten. */
const manyKeys = 1_000

/**
 * Token buckets, two for each key: a full one holds what a minute allows and is refilled evenly. What is taken is taken at
 * once, also below nothing, and the taker waits until that is paid off: so takers of a key go in the order they came. A
 * call of more tokens than a whole bucket takes a whole bucket.
 */
export function buckets({
  requestsPerMinute,
  tokensPerMinute,
  maxWaitMs,
  clock = systemClock,
}: BucketOptions): Buckets {
  const mostRequests = requestsPerMinute ?? Number.POSITIVE_INFINITY
  const mostTokens = tokensPerMinute ?? Number.POSITIVE_INFINITY
  const levels = new Map<string, Level>()

  const refill = (level: Level) => {
    const minutes = Math.max(0, clock.now() - level.atMs) / minuteMs
    level.requests = refilled(level.requests, mostRequests, minutes)
    level.tokens = refilled(level.tokens, mostTokens, minutes)
    level.atMs = clock.now()
    return level
  }
  const isFull = (level: Level) => level.requests >= mostRequests && level.tokens >= mostTokens

  const levelOf = (key: string): Level => {
    const known = levels.get(key)
    if (known) return refill(known)
    if (levels.size >= manyKeys) for (const [other, level] of levels) if (isFull(refill(level))) levels.delete(other)
    const level = { requests: mostRequests, tokens: mostTokens, atMs: clock.now() }
    levels.set(key, level)
    return level
  }

  return {
    async take(key, tokens, signal) {
      const level = levelOf(key)
      const reserved = Math.min(Math.max(0, tokens), mostTokens)
      const waitMs = Math.max(waitFor(1, level.requests, mostRequests), waitFor(reserved, level.tokens, mostTokens))
      if (waitMs > maxWaitMs) throw refusal(waitMs, { requestsPerMinute, tokensPerMinute })
      level.requests -= 1
      level.tokens -= reserved
      try {
        if (waitMs > 0) await clock.sleep(waitMs, signal)
      } catch (error) {
        put(key, 1, reserved)
        throw error
      }
      return (usedTokens) => put(key, 0, reserved - usedTokens)
    },
  }

  function put(key: string, requests: number, tokens: number) {
    const level = levelOf(key)
    // May be more than fits; what is too much runs over when it is next looked at.
    level.requests += requests
    level.tokens += tokens
  }
}

const refilled = (level: number, most: number, minutes: number) =>
  most === Number.POSITIVE_INFINITY ? most : Math.min(most, level + most * minutes)

/** Until a bucket that holds `level` holds `need`. */
const waitFor = (need: number, level: number, most: number) =>
  most === Number.POSITIVE_INFINITY ? 0 : Math.max(0, ((need - level) / most) * minuteMs)

const refusal = (waitMs: number, limits: Pick<BucketOptions, "requestsPerMinute" | "tokensPerMinute">) =>
  new ModelError({
    fault: "LIMIT_REACHED",
    message: `The limit of ${limitsText(limits)} a minute is used up; the next turn is in ${Math.ceil(waitMs / 1000)} s.`,
    hint: "Ask again then, or raise the limit in the setting llm.limits.",
    retryAfterMs: Math.ceil(waitMs),
    details: limits,
  })

const limitsText = ({
  requestsPerMinute,
  tokensPerMinute,
}: Pick<BucketOptions, "requestsPerMinute" | "tokensPerMinute">) =>
  [requestsPerMinute && `${requestsPerMinute} requests`, tokensPerMinute && `${tokensPerMinute} tokens`]
    .filter((limit) => limit !== undefined)
    .join(" and ")
