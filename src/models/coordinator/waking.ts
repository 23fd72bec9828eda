import type { Clock } from "../../base/clock.ts"
import type { Measures } from "../routing/measures.ts"
import { probeIdle } from "../routing/probes.ts"
import type { Site } from "./site.ts"

const everyMs = 15_000
const timeoutMs = 10_000

/** Looks after providers that rest, and is itself at rest while none does. */
export interface Waking {
  /** To be called when a breaker opens. */
  begin(): void
  close(): void
}

/**
 * While some provider rests, asks those that do for the list of their models now and then; one that answers may be
 * asked again before its rest is over.
 */
export function waking({
  sites,
  measures,
  clock,
}: {
  readonly sites: () => ReadonlyMap<string, Site>
  readonly measures: Measures
  readonly clock: Clock
}): Waking {
  const closing = new AbortController()
  let isRunning = false

  const resting = () => [...sites().values()].filter((site) => site.isResting())
  const run = async () => {
    while (resting().length > 0) {
      await clock.sleep(everyMs, closing.signal)
      const providers = resting().map((site) => ({
        name: site.configured.name,
        listModels: (signal: AbortSignal) => site.list(signal, true),
      }))
      await probeIdle(
        {
          providers,
          measures,
          isResting: (name) => sites().get(name)?.isResting() ?? false,
          answered: (name) => sites().get(name)?.wake(),
          // Only those that rest are given to it.
          unusedMs: Number.POSITIVE_INFINITY,
          timeoutMs,
          clock,
        },
        closing.signal,
      )
    }
  }

  return {
    begin() {
      if (isRunning || closing.signal.aborted) return
      isRunning = true
      run()
        // The signal's reason: it is over.
        .catch(() => {})
        .finally(() => {
          isRunning = false
        })
    },
    close: () => closing.abort(),
  }
}
