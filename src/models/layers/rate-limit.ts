import { ModelError } from "../errors.ts"
import type { Layer, ModelRequest } from "../model.ts"
import { type BucketOptions, type Buckets, buckets } from "./buckets.ts"
import { lazily, read, watched } from "./stream.ts"

export type RateLimitOptions = {
  /** What the limit is for: a user, a provider. Calls of one key share it. */
  readonly key: (request: ModelRequest) => string
  /** Tokens that the call will take, prompt and answer, as well as that can be known. */
  readonly countTokens: (request: ModelRequest) => number | Promise<number>
} & (BucketOptions | { /** That other kinds of calls (embeddings) take from as well. */ readonly buckets: Buckets })

/**
 * Requests and tokens a minute. The tokens of a call are reserved by estimate and corrected by what its `end` says. A call
 * that failed before it said anything gives its tokens back, but not its request. One that broke off later, was left, or
 * ran out of time keeps what was reserved for it: what the provider counted, nobody knows.
 */
export function rateLimit({ key, countTokens, ...options }: RateLimitOptions): Layer {
  const limits = "buckets" in options ? options.buckets : buckets(options)
  return (next) => (request, signal) =>
    lazily(async () => {
      const settle = await limits.take(key(request), await countTokens(request), signal)
      let hasSpoken = false
      return watched(read(next(request, signal)), {
        event(event) {
          if (event.kind === "end") settle(event.usage.inputTokens + event.usage.outputTokens)
          else if (event.kind !== "start") hasSpoken = true
          return event
        },
        closed(closing) {
          if (closing.how === "failed" && !hasSpoken && isRefusal(closing.error)) settle(0)
        },
      })
    })
}

const isRefusal = (error: unknown) => error instanceof ModelError && error.fault !== "MODEL_TIMEOUT"
