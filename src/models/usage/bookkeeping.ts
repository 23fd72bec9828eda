import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { type Closing, lazily, read, watched } from "../layers/stream.ts"
import { type EndEvent, type Layer, type ModelEvent, type ModelRequest, noUsage, type Usage } from "../model.ts"
import type { Budgets, Reservation } from "./budgets.ts"
import type { CallStates } from "./call-state.ts"
import type { ModelCalled } from "./events.ts"
import type { PrefixWatch } from "./prefix.ts"
import { charsOf, tokensBySection } from "./sections.ts"

export interface Prices {
  /** US dollars of a usage; null where the price is not known. */
  costOf(provider: string, model: string, usage: Usage): number | null
  /** The most that a request may cost wherever it is routed; null where that is not known. */
  mostOf(request: ModelRequest): number | null
}

/** For text of which nothing but its length is known. */
const charsInToken = 4

/**
 * Books every call that passes: takes what it may cost out of the budgets before, puts the cost into its `end` event,
 * settles the budgets and tells `noted` when it is over, however that is, a refusal included. A call that broke off or was
 * cancelled after its first token is booked with an estimate of what the provider will have counted.
 */
export function bookkeeping({
  clock,
  prices,
  budgets,
  states,
  prefixes,
  noted,
  reported,
}: {
  readonly clock: Clock
  readonly prices: Prices
  readonly budgets: Budgets
  readonly states: CallStates
  readonly prefixes: PrefixWatch
  readonly noted: (call: ModelCalled) => void
  /** What a provider said that a request took, where it was the only one that was asked. */
  readonly reported: (request: ModelRequest, from: { provider: string; model: string }, usage: Usage) => void
}): Layer {
  return (next) => (asked, signal) =>
    lazily(() => {
      const startedAtMs = clock.now()
      const { request, asked: name, attempts, over } = states.begin(asked)
      let reservation: Reservation | undefined
      let provider = ""
      let model = ""
      let firstTokenMs: number | null = null
      let outputChars = 0
      let end: EndEvent | undefined

      const event = (event: ModelEvent): ModelEvent => {
        switch (event.kind) {
          case "end":
            end =
              event.costUsd === undefined ? { ...event, costUsd: prices.costOf(provider, model, event.usage) } : event
            return end
          case "start":
          case "restart":
            provider = event.provider
            model = event.model
            return event
          default:
            firstTokenMs ??= clock.now() - startedAtMs
            if ("text" in event) outputChars += event.text.length
            return event
        }
      }
      const closed = (closing: Closing) => {
        const usage = end?.usage ?? (firstTokenMs === null ? noUsage : guessed(request, outputChars))
        const costUsd = end ? (end.costUsd ?? null) : firstTokenMs === null ? 0 : prices.costOf(provider, model, usage)
        reservation?.settle(costUsd)
        over()
        if (end && attempts() === 1) reported(request, { provider, model }, end.usage)
        const { user, project, session, turn, command, tool } = asked.attribution
        noted({
          at: new Date(startedAtMs).toISOString(),
          user,
          ...defined({ project, session, turn, command, tool }),
          asked: name,
          provider,
          model,
          ...outcomeOf(closing, signal),
          ...defined(usage),
          sections: tokensBySection(request, usage.inputTokens),
          cacheMiss: end ? prefixes.judge(request, `${provider}/${model}`, usage, startedAtMs) : null,
          firstTokenMs,
          durationMs: clock.now() - startedAtMs,
          costUsd,
          attempts: attempts(),
        })
      }
      try {
        const most = budgets.isLimited(asked.attribution) ? prices.mostOf(asked) : null
        reservation = budgets.reserve(asked.attribution, most)
      } catch (error) {
        closed({ how: "failed", error })
        throw error
      }
      return watched(read(next(request, signal)), { event, closed })
    })
}

export function outcomeOf(closing: Closing, signal: AbortSignal): Pick<ModelCalled, "outcome" | "code"> {
  if (closing.how === "ended") return { outcome: "done" }
  if (closing.how === "left" || signal.aborted) return { outcome: "cancelled" }
  const { code } = asDuckError(closing.error)
  return code === "CANCELLED" ? { outcome: "cancelled" } : { outcome: "failed", code }
}

function guessed(request: ModelRequest, outputChars: number): Usage {
  const inputChars = request.messages.reduce((sum, message) => sum + charsOf(message), 0)
  return {
    ...noUsage,
    inputTokens: Math.ceil(inputChars / charsInToken),
    outputTokens: Math.ceil(outputChars / charsInToken),
    isEstimated: true,
  }
}

/** Without the undefined ones: what goes into the log is JSON. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
export const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
