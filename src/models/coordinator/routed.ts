import type { Clock } from "../../base/clock.ts"
import type { Logger } from "../../observe/log.ts"
import { ModelError } from "../errors.ts"
import type { Model, ModelRequest } from "../model.ts"
import { failover } from "../routing/failover.ts"
import { hedge } from "../routing/hedge.ts"
import type { Measures } from "../routing/measures.ts"
import { chosen } from "../routing/strategies.ts"
import type { Target } from "../target.ts"
import type { Prices } from "../usage/bookkeeping.ts"
import type { CallStates } from "../usage/call-state.ts"
import { promptTokens } from "./estimate.ts"

/** Asks the targets of a call in the order of its strategy, the second one early where that is wanted, until one has answered. */
export function routed({
  states,
  prices,
  measures,
  hedgeMs,
  clock,
  logger,
}: {
  readonly states: Pick<CallStates, "of">
  readonly prices: Pick<Prices, "costOf">
  readonly measures: Measures
  /** 0: never; "p95": when the first one is silent for longer than in 19 of 20 of its last calls, once ten are known. */
  readonly hedgeMs: number | "p95"
  readonly clock: Clock
  readonly logger: Logger
}): Model {
  const countTokens = (request: ModelRequest) => promptTokens(request, "openai", request.model)
  const booked = { countTokens, costOf: prices.costOf }
  let turn = 0

  const targets = (request: ModelRequest): readonly Target[] => {
    const { targets: all, strategy } = states.of(request)
    turn += 1
    const ordered = all.length < 2 ? all : inOrder(request, all, strategy)
    const [first, second, ...rest] = ordered
    if (!first || !second) return ordered
    const afterMs = hedgeMs === "p95" ? (measures.firstTokenP95Ms(first) ?? 0) : hedgeMs
    return afterMs === 0 ? ordered : [hedge({ first, second, afterMs, ...booked, clock }), ...rest]
  }

  const inOrder = (request: ModelRequest, all: readonly Target[], strategy: Parameters<typeof chosen>[0]) => {
    try {
      return chosen(strategy, request, all, { measured: measures.of, promptTokens: countTokens(request), turn })
    } catch (error) {
      // What is known of models may be wrong, and a provider says best why it does not take a request.
      if (error instanceof ModelError && error.fault === "NO_MODEL") return all
      throw error
    }
  }

  return failover({
    targets,
    ...booked,
    onFault: ({ provider, model, error, next }) =>
      logger.warn("model failed", {
        provider,
        model,
        code: error.code,
        why: error.message,
        next: next ? `${next.provider}/${next.model}` : null,
      }),
  })
}
