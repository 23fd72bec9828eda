import type { Clock } from "../../base/clock.ts"

export interface ProgressReporter {
  report(value: unknown): void
  /** The last value, where it has not been recorded yet. */
  unrecorded(): unknown
  close(): void
}

export interface ProgressOptions {
  /** To those who watch now; may be lost. */
  readonly publish: (value: unknown) => void
  /** Into the log. */
  readonly record: (value: unknown) => Promise<unknown>
  readonly clock: Clock
  readonly publishEveryMs?: number
  readonly recordEveryMs?: number
}

/**
 * Progress without a flood: a handler may report as often as it likes. Watchers get the first value at once and then the
 * latest at most every 250 ms; the log gets the latest at most every ten seconds, and the last one with the attempt's end.
 */
export function progressReporter(options: ProgressOptions): ProgressReporter {
  const { publish, record, clock, publishEveryMs = 250, recordEveryMs = 10_000 } = options
  const closing = new AbortController()
  let latest: unknown
  let recorded: unknown
  const publishing = lane(publishEveryMs, Number.NEGATIVE_INFINITY, async () => publish(latest))
  // Counted from the start: most attempts end before anything would be written.
  const recording = lane(recordEveryMs, clock.now(), async () => {
    const value = latest
    if (value === recorded) return
    await record(value)
    recorded = value
  })

  /** Runs `work` now if it has not run for a while, else once when that while is over. */
  function lane(everyMs: number, lastMs: number, work: () => Promise<void>) {
    let isWaiting = false
    return async () => {
      if (isWaiting) return
      isWaiting = true
      try {
        await clock.sleep(Math.max(0, lastMs + everyMs - clock.now()), closing.signal)
        lastMs = clock.now()
        isWaiting = false
        await work()
      } catch {
        // Closed, or the log refused: the next report, or the end of the attempt, brings a newer value.
        isWaiting = false
      }
    }
  }

  return {
    report(value) {
      if (closing.signal.aborted || value === undefined) return
      latest = value
      publishing()
      recording()
    },
    unrecorded: () => (latest === recorded ? undefined : latest),
    close: () => closing.abort(),
  }
}
