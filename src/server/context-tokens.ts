import type { ConfigReader } from "../access/config-reader.ts"
import type { Clock } from "../base/clock.ts"
import { lookup } from "../models/catalogue/lookup.ts"
import type { Models } from "../models/models.ts"

/** How much a model takes, by the name that a user gives it; null where that is not known. Nobody is asked over the wire. */
export function contextTokensOf({
  models,
  config,
  clock,
}: {
  readonly models: Pick<Models, "status">
  readonly config: ConfigReader
  readonly clock: Clock
}): (model: string) => Promise<number | null> {
  return async (model) => {
    const { defaultModel, providers } = await models.status()
    const settings = config.load().values
    const full = model === "" ? (defaultModel.value ?? "") : (settings["llm.aliases"][model] ?? model)
    const own = settings["llm.catalogue"][full]?.contextTokens
    if (own !== undefined) return own
    const slash = full.indexOf("/")
    const named = providers.find(({ name }) => name === full.slice(0, slash))
    const bare = named ? full.slice(slash + 1) : full
    const asked = named ? [named] : providers
    for (const { kind, isLocal } of asked) {
      const overrides = settings["llm.catalogue"]
      const { contextTokens } = lookup(kind, bare, { overrides, isLocal, nowMs: clock.now() })
      if (contextTokens !== null) return contextTokens
    }
    return null
  }
}
