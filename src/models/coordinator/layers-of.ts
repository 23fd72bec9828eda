import type { Settings } from "../../access/settings.ts"
import type { Clock } from "../../base/clock.ts"
import type { Logger } from "../../observe/log.ts"
import { dedupe } from "../layers/dedupe.ts"
import { exactCache } from "../layers/exact-cache.ts"
import { rateLimit } from "../layers/rate-limit.ts"
import { type Layer, layered, type Model, type ModelRequest, type ProviderKind } from "../model.ts"
import type { Measures } from "../routing/measures.ts"
import { type SchemaSupport, schemaSupport } from "../structured/schema-support.ts"
import { structuredOutput } from "../structured/structured-output.ts"
import type { Target } from "../target.ts"
import { bookkeeping, type Prices } from "../usage/bookkeeping.ts"
import type { CallStates } from "../usage/call-state.ts"
import type { ModelCalled } from "../usage/events.ts"
import type { UsageBook } from "../usage/open-usage.ts"
import type { PrefixWatch } from "../usage/prefix.ts"
import { reused } from "../usage/reused.ts"
import { promptTokens } from "./estimate.ts"
import { routed } from "./routed.ts"

/** A limit that frees up within this is waited for. */
const mostWaitMs = 30_000

/**
 * What stands around a call before it goes to a provider, the outermost first: equal calls are one, answers that are known
 * are given, budgets and books, a user's limits, and the choice among the models that may answer. What stands around
 * each provider is in site.ts. Each call is booked once: in front by `reused`, or by `bookkeeping` when it comes so far.
 */
export function layersOf({
  values,
  usage,
  states,
  prefixes,
  prices,
  measures,
  kindOf,
  reported,
  clock,
  logger,
}: {
  readonly values: Settings
  readonly usage: UsageBook
  readonly states: CallStates
  readonly prefixes: PrefixWatch
  readonly prices: Prices
  readonly measures: Measures
  readonly reported: Parameters<typeof bookkeeping>[0]["reported"]
  readonly kindOf: (provider: string) => ProviderKind
  readonly clock: Clock
  readonly logger: Logger
}): Model {
  const cache = values["llm.cache"]
  const user = values["llm.limits"].user
  const noted = (data: ModelCalled) => usage.note({ type: "model.called", data })
  const layers: Layer[] = [
    reused({ clock, states, noted }),
    dedupe(),
    ...(cache.isOn ? [exactCache({ maxEntries: cache.entries, ttlMs: cache.minutes * 60_000, clock })] : []),
    structuredOutput({ support: (request) => supportOf(states.of(request).targets, request, kindOf) }),
    bookkeeping({ clock, prices, budgets: usage.budgets, states, prefixes, reported, noted }),
    // Within the books: a call that was refused is one as well.
    ...(user
      ? [
          rateLimit({
            ...user,
            key: ({ attribution }) => attribution.user,
            countTokens: (request) => promptTokens(request, "openai", request.model) + (request.maxOutputTokens ?? 0),
            maxWaitMs: mostWaitMs,
            clock,
          }),
        ]
      : []),
  ]
  return layered(routed({ states, prices, measures, hedgeMs: values["llm.hedgeMs"], clock, logger }), ...layers)
}

/** Where the schema goes for whoever may answer: to the provider and into the prompt where they differ. */
function supportOf(
  targets: readonly Target[],
  request: ModelRequest,
  kindOf: (provider: string) => ProviderKind,
): SchemaSupport {
  const ways = targets.map(({ provider, model, facts }) =>
    schemaSupport(kindOf(provider), facts, { ...request, model }),
  )
  const [first = "both", ...others] = ways
  return others.every((way) => way === first) ? first : "both"
}
