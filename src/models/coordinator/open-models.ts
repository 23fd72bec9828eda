import type { Config } from "../../access/config.ts"
import type { ConfigReader } from "../../access/config-reader.ts"
import type { Secrets } from "../../access/secrets.ts"
import type { Settings } from "../../access/settings.ts"
import type { Clock } from "../../base/clock.ts"
import type { Random } from "../../base/random.ts"
import type { Logger } from "../../observe/log.ts"
import { lazily, read } from "../layers/stream.ts"
import type { Model, ModelRequest } from "../model.ts"
import type { Models } from "../models.ts"
import { measures as routeMeasures } from "../routing/measures.ts"
import type { Target } from "../target.ts"
import { callStates } from "../usage/call-state.ts"
import type { UsageBook } from "../usage/open-usage.ts"
import { prefixWatch } from "../usage/prefix.ts"
import { type ConfiguredProvider, configuredProviders } from "./configured.ts"
import { embedding } from "./embedding.ts"
import { hasProvider } from "./environment.ts"
import { layersOf } from "./layers-of.ts"
import { listingOf } from "./listing.ts"
import { type NameBook, type Place, placeOf } from "./names.ts"
import { preferred } from "./preferred.ts"
import { prices } from "./prices.ts"
import { probeOf } from "./probe.ts"
import type { Site } from "./site.ts"
import { sites } from "./sites.ts"
import { defaultOf, statusOf } from "./status.ts"
import { nobodyIsAsked, targetsFor } from "./targets.ts"
import { tokenCounting } from "./token-counting.ts"
import { waking } from "./waking.ts"

export interface ModelsOptions {
  readonly config: ConfigReader
  readonly secrets: Pick<Secrets, "get" | "names">
  readonly env: NodeJS.ProcessEnv
  readonly usage: UsageBook
  readonly clock: Clock
  readonly logger: Logger
  readonly random: Random
}

/** Everything that hangs on the settings, as they were read last. */
interface Generation {
  readonly values: Settings
  readonly providers: readonly ConfiguredProvider[]
  readonly sites: ReadonlyMap<string, Site>
  readonly book: NameBook
  /** Takes requests that were opened. */
  readonly run: Model
}

/**
 * The model layer over the settings, the environment and the secrets. Settings are looked at with each call, and what
 * changed is made anew; calls that run go on with what they began with.
 */
export function openModels({ config, secrets, env, usage, clock, logger, random }: ModelsOptions): Models {
  const states = callStates()
  const measures = routeMeasures({ clock })
  const prefixes = prefixWatch()
  let generation: Generation | undefined
  const counting = tokenCounting((name) => generation?.sites.get(name)?.configured.kind)
  const wake = waking({ sites: () => generation?.sites ?? new Map(), measures, clock })
  const opened = sites({ states, measures, onRest: wake.begin, clock, random })

  const current = (): Generation => {
    const now = config.load()
    if (generation && isSame(generation.values, now.values)) return generation
    generation = generationOf(now)
    return generation
  }

  const generationOf = (now: Config): Generation => {
    const { values } = now
    const providers = configuredProviders(now, { env, secrets })
    const byName = opened.follow(providers, values)
    usage.budgets.follow(values["llm.budgets"])
    const book: NameBook = {
      providers,
      aliases: values["llm.aliases"],
      listed: (name) => byName.get(name)?.listed(),
      list: async (name, signal) => (await byName.get(name)?.list(signal)) ?? [],
    }
    const kindOf = (name: string) => byName.get(name)?.configured.kind ?? "openai-chat"
    const { reported } = counting
    const shared = { usage, states, prefixes, measures, kindOf, reported, clock, logger }
    const run = layersOf({ values, prices: prices(() => byName, states), ...shared })
    return { values, providers, sites: byName, book, run }
  }

  const targetOf = ({ sites: byName }: Generation, { provider, model }: Place): Target => {
    const site = byName.get(provider.name)
    if (!site) throw new Error(`The provider ${provider.name} has no site.`)
    return site.target(model)
  }

  const nameOf = ({ model, attribution: { project } }: Pick<ModelRequest, "model" | "attribution">) =>
    model === "" ? config.load(project).values["llm.model"] : model

  /** A request as the layers take it: it says which models it may go to, and holds their providers open while it runs. */
  const open = (request: ModelRequest, targets: readonly Target[], now: Generation): ModelRequest => {
    const [first] = targets
    const hold = () => {
      const held = targets.map(({ provider }) => now.sites.get(provider)?.hold())
      return () => {
        for (const release of held) release?.()
      }
    }
    const model = first ? `${first.provider}/${first.model}` : request.model
    // Whoever names a model wants that one; the strategy chooses for those who leave it open.
    const strategy = request.model === "" ? now.values["llm.strategy"] : "ordered"
    return states.open({ ...request, model }, { asked: request.model, targets, strategy, hold })
  }

  const call: Model = (request, signal) =>
    lazily(async () => {
      const now = current()
      const { "llm.failover": failover } = now.values
      const who = { name: nameOf(request), failover, book: now.book, targetOf: (place: Place) => targetOf(now, place) }
      const targets = await targetsFor(who, signal)
      return read(now.run(open(request, targets, now), signal))
    })

  const only: Model = (request, signal) =>
    lazily(async () => {
      const now = current()
      const target = targetOf(now, await placeOf(nameOf(request), now.book, signal))
      return read(now.run(open(request, [target], now), signal))
    })

  return {
    call,
    only,
    embed: async (request, signal) => {
      const now = current()
      const place = await placeOf(request.model, now.book, signal)
      const site = now.sites.get(place.provider.name)
      if (!site) throw new Error(`The provider ${place.provider.name} has no site.`)
      return embedding({
        request: { ...request, model: place.model },
        asked: request.model,
        site,
        usage,
        clock,
        signal,
      })
    },
    async countTokens(request) {
      const now = current()
      const book = { ...now.book, list: nobodyIsAsked }
      // A name that is nobody's is counted by its family.
      const place = await placeOf(nameOf(request), book, never).catch(() => undefined)
      return counting.count(request, place ? { provider: place.provider.name, model: place.model } : undefined)
    },
    hasModel: (project) => hasProvider(config.load(project), env),
    async list({ provider, refresh = false, signal }) {
      const now = current()
      const { value: defaultModel } = defaultOf(config.load(), now.providers, now.sites)
      const asked = [...now.sites.values()].filter(
        ({ configured: { name } }) => provider === undefined || name === provider,
      )
      return Promise.all(asked.map((site) => listingOf(site, { refresh, defaultModel, signal })))
    },
    async status(project) {
      const now = current()
      const budgets = usage.budgets.status()
      return statusOf({ config: config.load(project), providers: now.providers, sites: now.sites, budgets })
    },
    usage: usage.report,
    prefer: async (choice) => usage.note(preferred(choice, clock)),
    probe: (provider, signal) => probeOf(only, { provider, clock, signal }),
    async close() {
      wake.close()
      await opened.close()
      await usage.close()
    },
  }
}

const never = new AbortController().signal

/** Values keep their identity as long as the file that they come from is not read again. */
function isSame(a: Settings, b: Settings): boolean {
  if (a === b) return true
  return (Object.keys(a) as (keyof Settings)[]).every((key) => !key.startsWith("llm.") || a[key] === b[key])
}
