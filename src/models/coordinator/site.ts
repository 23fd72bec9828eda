import type { Settings } from "../../access/settings.ts"
import type { Clock } from "../../base/clock.ts"
import type { Random } from "../../base/random.ts"
import { lookup } from "../catalogue/lookup.ts"
import { ModelError } from "../errors.ts"
import { type Breaker, breaker } from "../layers/breaker.ts"
import { buckets } from "../layers/buckets.ts"
import { concurrency } from "../layers/concurrency.ts"
import { fairSlots } from "../layers/fair-slots.ts"
import { rateLimit } from "../layers/rate-limit.ts"
import { retry } from "../layers/retry.ts"
import { timeouts } from "../layers/timeouts.ts"
import { trace } from "../layers/trace.ts"
import { type Layer, layered, type ModelRequest } from "../model.ts"
import type { Embeddings, EmbedRequest, ListedModel } from "../provider.ts"
import { openProvider } from "../providers/open-provider.ts"
import type { Measures } from "../routing/measures.ts"
import type { Target } from "../target.ts"
import type { CallStates } from "../usage/call-state.ts"
import type { ConfiguredProvider } from "./configured.ts"
import { promptTokens } from "./estimate.ts"
import { type SiteHealth, siteHealth } from "./site-health.ts"

/** A provider with everything that stands around it, as long as its settings stay what they are. */
export interface Site {
  readonly configured: ConfiguredProvider
  readonly stamp: string
  target(model: string): Target
  embed(request: EmbedRequest, signal: AbortSignal): Promise<Embeddings>
  /** What it listed the last time, if ever. */
  listed(): readonly ListedModel[] | undefined
  /** Asks where it has not been asked for ten minutes, or failed within seconds. Throws ModelError. */
  list(signal: AbortSignal, refresh?: boolean): Promise<readonly ListedModel[]>
  /** Of its models together. */
  health(): SiteHealth
  /** All of its models that were asked rest. */
  isResting(): boolean
  /** It is known to answer again: the next call may go through. */
  wake(): void
  /** A call that runs on it keeps it open. */
  hold(): () => void
  /** Closes when the calls that run are over. */
  retire(): void
  /** Closes now. */
  close(): Promise<void>
}

export interface SiteOptions {
  readonly configured: ConfiguredProvider
  readonly settings: Pick<Settings, "llm.timeouts" | "llm.retry" | "llm.limits" | "llm.catalogue">
  readonly states: CallStates
  readonly measures: Measures
  /** A breaker has opened. */
  readonly onRest: () => void
  readonly clock: Clock
  readonly random: Random
}

const listedForMs = 600_000
const unlistedForMs = 15_000
/** A limit that frees up within this is waited for. */
const mostWaitMs = 30_000
const mostTargets = 200

/** Changes when a site must be made anew. */
export const siteStamp = ({ configured, settings }: Pick<SiteOptions, "configured" | "settings">): string =>
  JSON.stringify([
    configured.stamp,
    settings["llm.timeouts"],
    settings["llm.retry"],
    configured.limits ?? settings["llm.limits"].provider,
    settings["llm.catalogue"],
  ])

export function openSite({ configured, settings, states, measures, onRest, clock, random }: SiteOptions): Site {
  const { name, kind, isLocal } = configured
  const provider = openProvider(configured.options, { clock })
  const limits = configured.limits ?? settings["llm.limits"].provider ?? {}
  const rates = buckets({ ...limits, maxWaitMs: mostWaitMs, clock })
  const slots =
    limits.concurrency === undefined ? undefined : fairSlots({ limit: limits.concurrency, maxWaiting: 1_000 })
  const hasRates = limits.requestsPerMinute !== undefined || limits.tokensPerMinute !== undefined
  const breakers = new Map<string, Breaker>()
  const targets = new Map<string, Target>()
  let listing: { readonly atMs: number; readonly models: readonly ListedModel[] } | undefined
  let unlisted: { readonly atMs: number; readonly error: unknown } | undefined
  let running = 0
  let isRetired = false

  /** What is known of a model is asked for several times a call, and changes with the day at most. */
  const known = new Map<string, { listing: typeof listing; untilMs: number; facts: ReturnType<typeof lookedUp> }>()
  const factsOf = (model: string) => {
    const remembered = known.get(model)
    const nowMs = clock.now()
    if (remembered && remembered.listing === listing && nowMs < remembered.untilMs) return remembered.facts
    const facts = lookedUp(model)
    if (known.size >= mostTargets) known.clear()
    known.set(model, { listing, untilMs: nowMs + 60_000, facts })
    return facts
  }

  const lookedUp = (model: string) => {
    const catalogue = settings["llm.catalogue"]
    const own = catalogue[`${name}/${model}`] ?? catalogue[model]
    const facts = lookup(kind, model, { ...(own ? { overrides: { [model]: own } } : {}), isLocal, nowMs: clock.now() })
    const listed = listing?.models.find(({ id }) => id === model)
    return {
      ...facts,
      contextTokens: facts.contextTokens ?? listed?.contextTokens ?? null,
      maxOutputTokens: facts.maxOutputTokens ?? listed?.maxOutputTokens ?? null,
    }
  }

  const made = (model: string): Target => {
    const own =
      breakers.get(model) ??
      breaker({ provider: name, model, clock, onChange: ({ state }) => state === "open" && onRest() })
    breakers.set(model, own)
    const countTokens = (request: ModelRequest) => promptTokens(request, kind, model) + (request.maxOutputTokens ?? 0)
    const layers: Layer[] = [
      ...(hasRates ? [rateLimit({ key: () => name, countTokens, buckets: rates, maxWaitMs: mostWaitMs, clock })] : []),
      ...(slots ? [concurrency({ limit: limits.concurrency ?? 0, slots })] : []),
      own.layer,
      retry({ ...settings["llm.retry"], clock, random }),
      measures.layer({ provider: name, model }),
      timeouts({ ...settings["llm.timeouts"], clock }),
      trace({ provider: name, kind, clock }),
      states.counted,
    ]
    // Prices may change while it is open, and sizes become known when it lists its models.
    return {
      provider: name,
      model,
      isLocal,
      call: layered(provider.model, ...layers),
      get facts() {
        return factsOf(model)
      },
    }
  }

  const statuses = () => [...breakers.values()].map((one) => one.status())

  const endIfIdle = () => {
    if (isRetired && running === 0) provider.close().catch(() => {})
  }

  return {
    configured,
    stamp: siteStamp({ configured, settings }),
    target(model) {
      const known = targets.get(model) ?? made(model)
      targets.delete(model)
      targets.set(model, known)
      const oldest = targets.keys().next()
      if (targets.size > mostTargets && !oldest.done) {
        targets.delete(oldest.value)
        breakers.delete(oldest.value)
      }
      return known
    },
    async embed(request, signal) {
      if (!provider.embed) {
        throw new ModelError({
          fault: "MODEL_REQUEST_INVALID",
          message: `${name} has no embeddings.`,
          hint: "Ask a provider that has: OpenAI, Gemini, Ollama, or a server that speaks as OpenAI does.",
          provider: name,
        })
      }
      const settle = await rates.take(name, promptTokens(request, kind, request.model), signal)
      const release = await slots?.take(request.attribution.user, signal)
      try {
        const embeddings = await provider.embed(request, signal)
        settle(embeddings.inputTokens)
        return embeddings
      } finally {
        release?.()
      }
    },
    listed: () => listing?.models,
    async list(signal, refresh = false) {
      const now = clock.now()
      if (listing && !refresh && now - listing.atMs < listedForMs) return listing.models
      // Every call that needs the list would wait for an address that nobody answers at.
      if (unlisted && !refresh && now - unlisted.atMs < unlistedForMs) throw unlisted.error
      try {
        const models = await provider.listModels(signal)
        listing = { atMs: clock.now(), models }
        unlisted = undefined
        return models
      } catch (error) {
        if (!signal.aborted) unlisted = { atMs: clock.now(), error }
        throw error
      }
    },
    health: () => siteHealth(name, statuses(), measures),
    isResting: () => breakers.size > 0 && statuses().every(({ restsUntilMs }) => restsUntilMs !== null),
    wake() {
      for (const one of breakers.values()) one.wake()
    },
    hold() {
      running += 1
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        running -= 1
        endIfIdle()
      }
    },
    retire() {
      isRetired = true
      endIfIdle()
    },
    close: () => provider.close(),
  }
}
