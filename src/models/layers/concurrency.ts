import type { Layer } from "../model.ts"
import { type FairSlots, fairSlots } from "./fair-slots.ts"
import { lazily, read, watched } from "./stream.ts"

export type ConcurrencyOptions =
  | {
      /** Calls at a time. */
      readonly limit: number
      /** Calls that may wait for their turn; further ones get LIMIT_REACHED. Default 1000. */
      readonly maxWaiting?: number
    }
  /** That other kinds of calls (embeddings) take from as well. */
  | { readonly slots: FairSlots }

/**
 * At most so many calls at a time, through all models that this layer is put around; the others wait in turn, fairly
 * between users. A call is over when its stream has given its `end`, failed, was left, or its signal fired.
 */
export function concurrency(options: ConcurrencyOptions): Layer {
  const slots = "slots" in options ? options.slots : fairSlots({ maxWaiting: 1000, ...options })
  return (next) => (request, signal) =>
    lazily(async () => {
      const release = await slots.take(request.attribution.user, signal)
      signal.addEventListener("abort", release, { once: true })
      return watched(read(next(request, signal)), {
        closed() {
          signal.removeEventListener("abort", release)
          release()
        },
      })
    })
}
