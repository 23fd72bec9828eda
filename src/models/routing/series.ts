import { asDuckError } from "../../base/errors.ts"
import { ModelError, type ModelFault } from "../errors.ts"
import type { Closing } from "../layers/stream.ts"

/** The last calls of a target or a provider, and what they come to. */
export interface Series {
  readonly samples: Sample[]
  failures: number
  running: number
  /** Moving averages of the samples there are; null without one. */
  firstTokenMs: number | null
  tokensPerSecond: number | null
  lastError: { readonly code: string; readonly message: string; readonly atMs: number } | null
  /** When a call or a probe last ended, and whether it failed. */
  lastAtMs: number | null
  lastFailed: boolean
}

interface Sample {
  readonly atMs: number
  readonly isFailure: boolean
  readonly firstTokenMs: number | undefined
}

/** A call that is over. */
export interface PastCall {
  readonly startedAt: number
  /** When it first said something. */
  readonly heardAt: number | undefined
  readonly endedAt: number
  readonly closing: Closing
  /** As its end told them. */
  readonly outputTokens: number
}

export const newSeries = (): Series => ({
  samples: [],
  failures: 0,
  running: 0,
  firstTokenMs: null,
  tokensPerSecond: null,
  lastError: null,
  lastAtMs: null,
  lastFailed: false,
})

const mostSamples = 200
/** Weight of the newest in the moving averages. */
const weight = 0.3
/** Fewer tokens say nothing of a rate. */
const fewestTokens = 10

/** Notes a call, unless it says nothing about who was asked. */
export function note(series: Series, call: PastCall): void {
  const { startedAt, heardAt, endedAt, closing, outputTokens } = call
  if (closing.how === "failed" && closing.error instanceof ModelError) {
    if (isFault(closing.error)) noteFailure(series, call, closing.error)
  } else if (heardAt === undefined && closing.how !== "ended") {
    // Who goes away early says nothing; a call that was given up (a hedge was quicker) would have taken even longer.
    const waitedMs = endedAt - startedAt
    if (series.firstTokenMs !== null && waitedMs > series.firstTokenMs) add(series, endedAt, false, waitedMs)
  } else {
    const firstTokenMs = heardAt === undefined ? undefined : heardAt - startedAt
    add(series, endedAt, false, firstTokenMs)
    const seconds = heardAt === undefined ? 0 : (endedAt - heardAt) / 1000
    if (outputTokens >= fewestTokens && seconds > 0)
      series.tokensPerSecond = moved(series.tokensPerSecond, outputTokens / seconds)
    noteLast(series, endedAt)
  }
}

/** Notes how a call or a probe went; `error`: it failed. */
export function noteLast(series: Series, atMs: number, error?: unknown): void {
  series.lastAtMs = atMs
  series.lastFailed = error !== undefined
  if (error === undefined) return
  const { code, message } = asDuckError(error)
  series.lastError = { code, message, atMs }
}

/** Forgets what is older than `sinceMs`, and what is more than can be kept. */
export function prune(series: Series, sinceMs: number): void {
  const { samples } = series
  const recent = samples.findIndex(({ atMs }) => atMs >= sinceMs)
  const gone = Math.max(samples.length - mostSamples, recent < 0 ? samples.length : recent)
  if (gone <= 0) return
  for (const { isFailure } of samples.splice(0, gone)) if (isFailure) series.failures--
  if (samples.length > 0) return
  series.firstTokenMs = null
  series.tokensPerSecond = null
}

/** Faults of what was asked, not of who was asked. */
const requestFaults: ReadonlySet<ModelFault> = new Set(["CONTEXT_TOO_LONG", "CONTENT_REFUSED", "MODEL_RESTING"])
const isFault = ({ isElsewhere, fault }: ModelError) => isElsewhere && !requestFaults.has(fault)

function noteFailure(series: Series, { startedAt, heardAt, endedAt }: PastCall, error: ModelError) {
  add(series, endedAt, true, heardAt === undefined ? undefined : heardAt - startedAt)
  series.failures++
  noteLast(series, endedAt, error)
}

function add(series: Series, atMs: number, isFailure: boolean, firstTokenMs: number | undefined) {
  series.samples.push({ atMs, isFailure, firstTokenMs })
  if (firstTokenMs !== undefined) series.firstTokenMs = moved(series.firstTokenMs, firstTokenMs)
}

const moved = (average: number | null, newest: number) =>
  average === null ? newest : average + weight * (newest - average)
