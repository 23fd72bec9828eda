import { type Clock, systemClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import { type Events, type InnerCall, innerCall, lazily, leave, read, spoken, watched } from "../layers/stream.ts"
import type { ModelRequest } from "../model.ts"
import type { Target } from "../target.ts"
import { type BillOptions, bill } from "./bill.ts"
import { type Failed, goesOn, verdict } from "./verdict.ts"

export interface HedgeOptions extends BillOptions {
  readonly first: Target
  readonly second: Target
  /** How long the first one may be silent. */
  readonly afterMs: number
  readonly clock?: Clock
}

/**
 * A target that asks `second` as well when `first` has said nothing for a while, or at once when it fails; whoever speaks
 * first is heard, and the other is cancelled. The prompt of the other is in the usage and the cost of the `end`. Dean and
 * Barroso, "The Tail at Scale" (2013). In a chain of failover it stands for both.
 */
export const hedge = (options: HedgeOptions): Target => ({
  ...options.first,
  call: (request, signal) => lazily(() => race(request, signal, options)),
})

interface Run {
  readonly target: Target
  readonly call: InnerCall
  readonly events: Events
  /** Resolves when it speaks or fails. */
  readonly heard: Promise<Heard>
}

type Heard = { readonly run: Run; readonly events: Events } | { readonly run: Run; readonly error: unknown }

async function race(request: ModelRequest, signal: AbortSignal, options: HedgeOptions): Promise<Events> {
  const { first, second, afterMs, clock = systemClock } = options
  const patience = new AbortController()
  const silence = clock.sleep(afterMs, patience.signal).then(
    () => undefined,
    () => undefined,
  )
  /** Of which nothing was heard yet. */
  const runs = new Set([begin(first, request, signal)])
  const failures: Failed[] = []
  let isSecondToAsk = true
  try {
    let heard: Heard | undefined = await Promise.race([...[...runs].map((run) => run.heard), silence])
    while (true) {
      if (heard) {
        const { run } = heard
        runs.delete(run)
        if ("events" in heard) return await won(run, heard.events, [...runs], request, options)
        run.call.release()
        if (signal.aborted || !(heard.error instanceof ModelError)) throw heard.error
        failures.push({ provider: run.target.provider, model: run.target.model, error: heard.error })
        isSecondToAsk &&= goesOn(heard.error)
      }
      if (isSecondToAsk) runs.add(begin(second, request, signal))
      isSecondToAsk = false
      if (runs.size === 0) throw verdict(failures)
      heard = await Promise.race([...runs].map((run) => run.heard))
    }
  } catch (error) {
    for (const run of runs) drop(run)
    throw error
  } finally {
    patience.abort()
  }
}

function begin(target: Target, request: ModelRequest, signal: AbortSignal): Run {
  const call = innerCall(signal)
  const events = read(target.call({ ...request, model: target.model }, call.signal))
  const run: Run = {
    target,
    call,
    events,
    heard: spoken(events).then(
      (heard) => ({ run, events: heard }),
      (error: unknown) => ({ run, error }),
    ),
  }
  return run
}

function drop({ call, events }: Run) {
  call.release()
  call.abort()
  leave(events)
}

async function won(
  { target, call }: Run,
  events: Events,
  losers: readonly Run[],
  request: ModelRequest,
  options: BillOptions,
): Promise<Events> {
  for (const loser of losers) drop(loser)
  const lost = bill(options)
  for (const loser of losers) await lost.add(loser.target, request, 0)
  return watched(events, {
    closed: call.release,
    event: (event) => (event.kind === "end" ? lost.onto(event, target) : event),
  })
}
