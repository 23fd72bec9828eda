import type { IncomingHttpHeaders } from "node:http"

/**
 * How long the provider asks us to wait, in milliseconds; undefined where it says nothing that can be understood.
 * `retry-after-ms` (OpenAI, Azure) wins over `retry-after`, which is seconds or a date (RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const exact = nonNegative(first(headers["retry-after-ms"]))
  if (exact !== undefined) return Math.ceil(exact)
  const value = first(headers["retry-after"])
  const seconds = nonNegative(value)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  const date = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(date) || /^\s*-?[\d.]+\s*$/.test(value ?? "") ? undefined : Math.max(0, date - nowMs)
}

/** "7s" or "0.5s", as Google's RetryInfo writes it. */
export function durationMs(value: unknown): number | undefined {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(value) : null
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

function nonNegative(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === "") return undefined
  const number = Number(value)
  return Number.isFinite(number) && number >= 0 ? number : undefined
}
