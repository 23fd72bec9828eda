import { type Clock, systemClock } from "../../base/clock.ts"
import { throwIfAborted, withTimeout } from "../../base/signal.ts"
import type { Provider } from "../provider.ts"
import type { Measures } from "./measures.ts"

export interface ProbeOptions {
  readonly providers: readonly Pick<Provider, "name" | "listModels">[]
  readonly measures: Measures
  /** Whether calls of it are refused now, because its breakers are open. */
  readonly isResting: (provider: string) => boolean
  /** Called for a resting provider that answers: its breakers may let a call through (`breaker.wake`). */
  readonly answered: (provider: string) => void
  /** Providers that were heard of within this time are left in peace. */
  readonly unusedMs: number
  readonly timeoutMs: number
  readonly clock?: Clock
}

/**
 * Asks resting and unused providers for the list of their models, which costs nothing, and notes whether they answer. For
 * a timer to call; resolves when all have answered, failed or run out of time, and rejects only with the signal's reason.
 */
export async function probeIdle(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  const { providers, measures, isResting, answered, unusedMs, timeoutMs, clock = systemClock } = options
  const isDue = ({ name }: { readonly name: string }) =>
    isResting(name) || clock.now() - (measures.ofProvider(name).lastAtMs ?? 0) >= unusedMs

  await Promise.all(
    providers.filter(isDue).map(async (provider) => {
      const { name } = provider
      try {
        await withTimeout(`The list of models of ${name}`, timeoutMs, signal, (inner) => provider.listModels(inner))
        measures.probed(name, {})
        if (isResting(name)) answered(name)
      } catch (error) {
        if (!signal.aborted) measures.probed(name, { error })
      }
    }),
  )
  throwIfAborted(signal)
}
