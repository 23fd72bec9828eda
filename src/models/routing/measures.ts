import { type Clock, systemClock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { ModelError, type ModelFault } from "../errors.ts"
import { type Closing, lazily, read, watched } from "../layers/stream.ts"
import type { EndEvent, Layer } from "../model.ts"
import type { Target } from "../target.ts"

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

/** Faults of what was asked, not of who was asked. */
const requestFaults: ReadonlySet<ModelFault> = new Set(["CONTEXT_TOO_LONG", "CONTENT_REFUSED", "MODEL_RESTING"])

const mostSamples = 200
/** Targets come from what users ask for; those that are asked no more are forgotten. */
const mostSeries = 500
/** Weight of the newest in the moving averages. */
const weight = 0.3
/** Fewer tokens say nothing of a rate. */
const fewestTokens = 10

export function measures({ windowMs = 300_000, clock = systemClock }: MeasuresOptions = {}): Measures {
  const all = new Map<string, Series>()
  const seriesOf = (key: string): Series => {
    const series = all.get(key) ?? newSeries()
    all.delete(key)
    all.set(key, series)
    if (all.size > mostSeries) for (const [other, { running }] of all) if (running === 0) return forget(other, series)
    return series
  }
  const forget = (key: string, series: Series) => {
    all.delete(key)
    return series
  }
  const told = (key: string): Measured => {
    const series = all.get(key)
    if (!series) return unheard
    const sinceMs = clock.now() - windowMs
    prune(series, sinceMs)
    const { samples, running, firstTokenMs, tokensPerSecond, lastError, lastAtMs, lastFailed } = series
    const isHeard = samples.length > 0
    const isRecent = lastAtMs !== null && lastAtMs >= sinceMs
    return {
      calls: samples.length,
      failures: series.failures,
      running,
      firstTokenMs: isHeard ? firstTokenMs : null,
      tokensPerSecond: isHeard ? tokensPerSecond : null,
      lastError,
      lastAtMs: isRecent ? lastAtMs : null,
      lastFailed: isRecent && lastFailed,
    }
  }

  return {
    layer: (target) => (next) => (request, signal) =>
      lazily(() => {
        // Found again for each call: a series that is running is not forgotten.
        const both = [seriesOf(keyOf(target)), seriesOf(target.provider)]
        const startedAt = clock.now()
        let heardAt: number | undefined
        let end: EndEvent | undefined
        for (const series of both) series.running++
        return watched(read(next(request, signal)), {
          event(event) {
            if (event.kind === "end") end = event
            else if (heardAt === undefined && event.kind !== "start") heardAt = clock.now()
            return event
          },
          closed(closing) {
            const now = clock.now()
            const outcome = outcomeOf(closing, { startedAt, heardAt, now, end })
            for (const series of both) {
              series.running--
              prune(series, now - windowMs)
              if (outcome) note(series, outcome, now)
            }
          },
        })
      }),
    of: (target) => told(keyOf(target)),
    ofProvider: told,
    firstTokenP95Ms(target) {
      const series = all.get(keyOf(target))
      if (!series) return null
      prune(series, clock.now() - windowMs)
      const times = series.samples.flatMap(({ firstTokenMs }) => firstTokenMs ?? []).sort((a, b) => a - b)
      return times.length < 10 ? null : (times[Math.ceil(times.length * 0.95) - 1] ?? null)
    },
    probed(provider, { error }) {
      const series = seriesOf(provider)
      series.lastAtMs = clock.now()
      series.lastFailed = error !== undefined
      if (error !== undefined) series.lastError = errorOf(error, clock.now())
    },
  }
}

/** `restsUntilMs`: of its breaker; null: it is closed. */
export function healthOf(
  measured: Measured,
  restsUntilMs: number | null,
): "unknown" | "healthy" | "degraded" | "resting" {
  if (restsUntilMs !== null) return "resting"
  if (measured.lastFailed || measured.failures * 4 > measured.calls) return "degraded"
  return measured.lastAtMs === null ? "unknown" : "healthy"
}

const unheard: Measured = {
  calls: 0,
  failures: 0,
  running: 0,
  firstTokenMs: null,
  tokensPerSecond: null,
  lastError: null,
  lastAtMs: null,
  lastFailed: false,
}

// No provider's name has a slash in it, so a target's key is no provider's.
const keyOf = ({ provider, model }: TargetName) => `${provider}/${model}`

interface Sample {
  readonly atMs: number
  readonly isFailure: boolean
  readonly firstTokenMs: number | undefined
}

interface Series {
  samples: Sample[]
  failures: number
  running: number
  firstTokenMs: number | null
  tokensPerSecond: number | null
  lastError: Measured["lastError"]
  lastAtMs: number | null
  lastFailed: boolean
}

const newSeries = (): Series => ({ ...unheard, samples: [] })

interface Outcome {
  readonly error: unknown
  readonly firstTokenMs: number | undefined
  readonly tokensPerSecond: number | undefined
  /** It was left before anything was heard: it would have taken at least `firstTokenMs`. */
  readonly isCut: boolean
}

function outcomeOf(
  closing: Closing,
  call: { startedAt: number; heardAt: number | undefined; now: number; end: EndEvent | undefined },
): Outcome | undefined {
  const { startedAt, heardAt, now, end } = call
  const firstTokenMs = heardAt === undefined ? undefined : heardAt - startedAt
  const isFault =
    closing.how === "failed" &&
    closing.error instanceof ModelError &&
    closing.error.isElsewhere &&
    !requestFaults.has(closing.error.fault)
  if (isFault) return { error: closing.error, firstTokenMs, tokensPerSecond: undefined, isCut: false }
  if (closing.how === "failed" && closing.error instanceof ModelError) return undefined
  // Left or cancelled.
  if (heardAt === undefined && !end)
    return { error: undefined, firstTokenMs: now - startedAt, tokensPerSecond: undefined, isCut: true }
  const tokens = end?.usage.outputTokens ?? 0
  const seconds = heardAt === undefined ? 0 : (now - heardAt) / 1000
  const tokensPerSecond = tokens >= fewestTokens && seconds > 0 ? tokens / seconds : undefined
  return { error: undefined, firstTokenMs, tokensPerSecond, isCut: false }
}

function note(series: Series, { error, firstTokenMs, tokensPerSecond, isCut }: Outcome, atMs: number) {
  // Who goes away early says nothing; a call that was given up (a hedge was quicker) is slow all the same.
  if (isCut && (firstTokenMs ?? 0) <= (series.firstTokenMs ?? Number.POSITIVE_INFINITY)) return
  const isFailure = error !== undefined
  series.samples.push({ atMs, isFailure, firstTokenMs })
  if (isFailure) series.failures++
  if (firstTokenMs !== undefined) series.firstTokenMs = moved(series.firstTokenMs, firstTokenMs)
  if (tokensPerSecond !== undefined) series.tokensPerSecond = moved(series.tokensPerSecond, tokensPerSecond)
  series.lastAtMs = atMs
  if (isCut) return
  series.lastFailed = isFailure
  if (isFailure) series.lastError = errorOf(error, atMs)
}

const moved = (average: number | null, newest: number) =>
  average === null ? newest : average + weight * (newest - average)

function errorOf(error: unknown, atMs: number) {
  const { code, message } = asDuckError(error)
  return { code, message, atMs }
}

function prune(series: Series, sinceMs: number) {
  const { samples } = series
  const tooMany = samples.length - mostSamples
  const old = samples.findIndex(({ atMs }) => atMs >= sinceMs)
  const gone = Math.max(tooMany, old < 0 ? samples.length : old)
  if (gone <= 0) return
  for (const { isFailure } of samples.splice(0, gone)) if (isFailure) series.failures--
}
