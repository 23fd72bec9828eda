import { type Clock, systemClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import type { Layer } from "../model.ts"
import { type Closing, type Events, lazily, read, watched } from "./stream.ts"

export interface BreakerOptions {
  /** Of the target, for the error. */
  readonly provider: string
  readonly model?: string
  /** Opens after so many faults with no whole answer between them. Default 5. */
  readonly failures?: number
  /** Rests for this long; twice as long after each probe that fails. Default 15 s. */
  readonly restMs?: number
  /** Longest rest, also where the provider asks for a longer one. Default 5 minutes. */
  readonly maxRestMs?: number
  readonly clock?: Clock
  readonly onChange?: (status: BreakerStatus) => void
}

export interface BreakerStatus {
  /** `half-open`: the next call is let through as a probe, or one is on its way. */
  readonly state: "closed" | "open" | "half-open"
  /** Faults since the last whole answer. */
  readonly failures: number
  /** Until then nothing is asked; milliseconds since the epoch. */
  readonly restsUntilMs: number | null
}

export interface Breaker {
  readonly layer: Layer
  status(): BreakerStatus
  /** Ends a rest now: the provider is known to answer again, or its settings changed. The next call is the probe. */
  wake(): void
}

/**
 * Asks a target that keeps failing no more (MODEL_RESTING, at once) until it has rested, and then only one call, the
 * probe, until that one hears something. Counts faults that pass by themselves: a wrong key, a request that it doesn't
 * take, our own limits and calls that the reader left say nothing about the target.
 */
export function breaker({
  provider,
  model,
  failures: mostFailures = 5,
  restMs = 15_000,
  maxRestMs = 300_000,
  clock = systemClock,
  onChange,
}: BreakerOptions): Breaker {
  let failures = 0
  let restsUntilMs: number | null = null
  let rests = 0
  /** The one call that is let through after a rest. */
  let probe: object | undefined

  const status = (): BreakerStatus => ({
    state: restsUntilMs === null ? "closed" : clock.now() < restsUntilMs ? "open" : "half-open",
    failures,
    restsUntilMs,
  })

  const opens = (error: ModelError) => {
    const askedMs = Math.max(restMs * 2 ** rests, error.retryAfterMs ?? 0)
    restsUntilMs = clock.now() + Math.min(askedMs, maxRestMs)
    rests++
    onChange?.(status())
  }
  const closes = () => {
    restsUntilMs = null
    onChange?.(status())
  }

  const refusal = (untilMs: number) =>
    new ModelError({
      fault: "MODEL_RESTING",
      message: `${nameOf(provider, model)} failed ${failures} times in a row and is not asked for now.`,
      hint: "Wait a little, ask another model, or look at `duck llm status`.",
      provider,
      model,
      retryAfterMs: Math.max(0, untilMs - clock.now()),
    })

  /** What the call of a closed breaker, or a probe that was heard, came to. */
  const closed = (closing: Closing) => {
    // Calls that were on their way when it opened change nothing any more.
    if (restsUntilMs !== null) return
    if (closing.how === "ended") {
      failures = 0
      rests = 0
    } else if (closing.how === "failed" && isFault(closing.error)) {
      failures++
      if (failures >= mostFailures) opens(closing.error)
    }
  }

  const probing = (inner: Events, signal: AbortSignal): Events => {
    const mine = {}
    probe = mine
    const release = () => {
      if (probe === mine) probe = undefined
    }
    // The reader may go away without another word; then the next call is the probe.
    signal.addEventListener("abort", release, { once: true })
    let wasHeard = false
    const heard = () => {
      wasHeard = true
      if (probe !== mine) return
      release()
      // One more fault before a whole answer, and it rests again.
      failures = mostFailures - 1
      closes()
    }
    return watched(inner, {
      event(event) {
        if (!wasHeard && event.kind !== "start") heard()
        return event
      },
      closed(closing) {
        signal.removeEventListener("abort", release)
        if (wasHeard) return closed(closing)
        if (probe === mine && closing.how === "failed") {
          if (isFault(closing.error)) opens(closing.error)
          // It answered, if only with a no.
          else if (closing.error instanceof ModelError && closing.error.isElsewhere) heard()
        }
        release()
      },
    })
  }

  const layer: Layer = (next) => (request, signal) =>
    lazily(() => {
      if (restsUntilMs === null) return watched(read(next(request, signal)), { closed })
      if (probe || clock.now() < restsUntilMs) throw refusal(restsUntilMs)
      return probing(read(next(request, signal)), signal)
    })

  return {
    layer,
    status,
    wake() {
      if (restsUntilMs === null) return
      restsUntilMs = Math.min(restsUntilMs, clock.now())
      onChange?.(status())
    },
  }
}

const isFault = (error: unknown): error is ModelError => error instanceof ModelError && error.isPassing

const nameOf = (provider: string, model: string | undefined) =>
  model === undefined ? provider : `${provider}/${model}`
