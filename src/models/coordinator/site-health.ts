import type { BreakerStatus } from "../layers/breaker.ts"
import type { ProviderStatus } from "../models.ts"
import { healthOf, type Measures } from "../routing/measures.ts"

export type SiteHealth = Pick<
  ProviderStatus,
  "health" | "calls" | "failures" | "firstTokenMs" | "lastError" | "restsUntil"
>

/** Of a provider's models together: it rests when all of those rest that were asked. */
export function siteHealth(provider: string, breakers: readonly BreakerStatus[], measures: Measures): SiteHealth {
  const measured = measures.ofProvider(provider)
  const rests = breakers.flatMap(({ restsUntilMs }) => restsUntilMs ?? [])
  const restsUntilMs = rests.length > 0 && rests.length === breakers.length ? Math.min(...rests) : null
  const health = healthOf(measured, restsUntilMs)
  const { calls, failures, firstTokenMs, lastError } = measured
  return {
    health: rests.length > 0 && health === "healthy" ? "degraded" : health,
    calls,
    failures,
    firstTokenMs,
    lastError: lastError && {
      code: lastError.code,
      message: lastError.message,
      at: new Date(lastError.atMs).toISOString(),
    },
    restsUntil: restsUntilMs === null ? null : new Date(restsUntilMs).toISOString(),
  }
}
