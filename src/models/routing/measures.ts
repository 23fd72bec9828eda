import { type Clock, systemClock } from "../../base/clock.ts"
import { lazily, read, watched } from "../layers/stream.ts"
import type { Layer } from "../model.ts"
import type { Target } from "../target.ts"
import { newSeries, note, noteLast, prune, type Series } from "./series.ts"

/** What the calls of the last minutes tell of a target or a provider. */
export interface Measured {
  readonly calls: number
  readonly failures: number
  /** Calls that are on their way now. */
  readonly running: number
  /** Moving average; null: nothing was heard lately. */
  readonly firstTokenMs: number | null
  readonly tokensPerSecond: number | null
  readonly lastError: { readonly code: string; readonly message: string; readonly atMs: number } | null
  /** When a call or a probe last ended; null: not lately. */
  readonly lastAtMs: number | null
  /** Whether that one failed. */
  readonly lastFailed: boolean
}

export type TargetName = Pick<Target, "provider" | "model">

export interface Measures {
  /** Measures what passes; stands inside of `retry`, so that each attempt counts. */
  layer(target: TargetName): Layer
  of(target: TargetName): Measured
  ofProvider(provider: string): Measured
  /** What one in twenty calls is slower than until its first token; null: fewer than ten were heard lately. */
  firstTokenP95Ms(target: TargetName): number | null
  /** Notes what an active probe of the provider came to; `error`: it failed. */
  probed(provider: string, outcome: { readonly error?: unknown }): void
}

export interface MeasuresOptions {
  /** How far back measures reach. Default 5 minutes. */
  readonly windowMs?: number
  readonly clock?: Clock
}

/** Targets come from what users ask for; those that are asked no more are forgotten. */
const mostSeries = 500

/** Measures calls as they pass, in a sliding window and in bounded memory. */
export function measures({ windowMs = 300_000, clock = systemClock }: MeasuresOptions = {}): Measures {
  /** The one that was used longest ago first. */
  const all = new Map<string, Series>()

  const seriesOf = (key: string): Series => {
    const series = all.get(key) ?? newSeries()
    all.delete(key)
    if (all.size >= mostSeries) forgetOne()
    all.set(key, series)
    return series
  }
  const forgetOne = () => {
    for (const [key, { running }] of all) if (running === 0) return all.delete(key)
    return false
  }

  const told = (key: string): Measured => {
    const series = all.get(key) ?? unheard
    const sinceMs = clock.now() - windowMs
    prune(series, sinceMs)
    const { samples, failures, running, firstTokenMs, tokensPerSecond, lastError, lastAtMs, lastFailed } = series
    const isRecent = lastAtMs !== null && lastAtMs >= sinceMs
    return {
      calls: samples.length,
      failures,
      running,
      firstTokenMs,
      tokensPerSecond,
      lastError,
      lastAtMs: isRecent ? lastAtMs : null,
      lastFailed: isRecent && lastFailed,
    }
  }

  return {
    layer: (target) => (next) => (request, signal) =>
      lazily(() => {
        const both = [seriesOf(keyOf(target)), seriesOf(target.provider)]
        const startedAt = clock.now()
        let heardAt: number | undefined
        let outputTokens = 0
        for (const series of both) series.running++
        return watched(read(next(request, signal)), {
          event(event) {
            if (event.kind === "end") outputTokens = event.usage.outputTokens
            else if (heardAt === undefined && event.kind !== "start") heardAt = clock.now()
            return event
          },
          closed(closing) {
            const endedAt = clock.now()
            for (const series of both) {
              series.running--
              prune(series, endedAt - windowMs)
              note(series, { startedAt, heardAt, endedAt, closing, outputTokens })
            }
          },
        })
      }),
    of: (target) => told(keyOf(target)),
    ofProvider: told,
    firstTokenP95Ms(target) {
      const { samples } = all.get(keyOf(target)) ?? unheard
      const sinceMs = clock.now() - windowMs
      const times = samples
        .flatMap(({ atMs, firstTokenMs }) => (atMs >= sinceMs ? (firstTokenMs ?? []) : []))
        .sort((a, b) => a - b)
      return times.length < fewestForP95 ? null : (times[Math.ceil(times.length * 0.95) - 1] ?? null)
    },
    probed: (provider, { error }) => noteLast(seriesOf(provider), clock.now(), error),
  }
}

const fewestForP95 = 10
const unheard = newSeries()

// No provider's name has a slash in it, so a target's key is no provider's.
const keyOf = ({ provider, model }: TargetName) => `${provider}/${model}`

/** `restsUntilMs`: of its breaker; null: it is closed. */
export function healthOf(
  measured: Measured,
  restsUntilMs: number | null,
): "unknown" | "healthy" | "degraded" | "resting" {
  if (restsUntilMs !== null) return "resting"
  if (measured.lastFailed || measured.failures * 4 > measured.calls) return "degraded"
  return measured.lastAtMs === null ? "unknown" : "healthy"
}
