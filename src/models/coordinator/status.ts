import type { Config } from "../../access/config.ts"
import type { BudgetStatus, ModelsStatus, ProviderStatus } from "../models.ts"
import { type ConfiguredProvider, sourced } from "./configured.ts"
import type { Site } from "./site.ts"

/** What holds now and where it comes from; nothing is asked of anyone. */
export function statusOf({
  config,
  providers,
  sites,
  budgets,
}: {
  readonly config: Config
  readonly providers: readonly ConfiguredProvider[]
  readonly sites: ReadonlyMap<string, Site>
  readonly budgets: readonly BudgetStatus[]
}): ModelsStatus {
  return {
    defaultModel: defaultOf(config, providers, sites),
    strategy: sourced(config, "llm.strategy"),
    providers: providers.map((provider) => providerStatus(provider, sites.get(provider.name))),
    budgets,
  }
}

/** As it is named; "ollama" alone where it is the first model that ollama will list. */
export function defaultOf(
  config: Config,
  [first]: readonly ConfiguredProvider[],
  sites: ReadonlyMap<string, Site>,
): ModelsStatus["defaultModel"] {
  const named = sourced(config, "llm.model")
  if (named.value !== "" || !first) return { value: named.value || null, source: named.source }
  const model =
    first.model.value ??
    sites
      .get(first.name)
      ?.listed()
      ?.find(({ kind }) => kind === "chat")?.id
  return { value: model === undefined ? first.name : `${first.name}/${model}`, source: "the first provider" }
}

function providerStatus(
  { name, kind, url, key, model, isLocal }: ConfiguredProvider,
  site: Site | undefined,
): ProviderStatus {
  if (!site) throw new Error(`The provider ${name} has no site.`)
  return { name, kind, url, key: key(), model, isLocal, ...site.health() }
}
