import { asDuckError } from "../../base/errors.ts"
import type { ModelListing } from "../models.ts"
import type { Site } from "./site.ts"

/** What a provider has, with what is known of each; one that does not answer is listed with why. */
export async function listingOf(
  site: Site,
  {
    refresh,
    defaultModel,
    signal,
  }: { readonly refresh: boolean; readonly defaultModel: string | null; readonly signal: AbortSignal },
): Promise<ModelListing> {
  const provider = site.configured.name
  try {
    const models = await site.list(signal, refresh)
    return {
      provider,
      models: models.map(({ id, kind }) => {
        const { contextTokens, maxOutputTokens, price } = site.target(id).facts
        const prices = { inputUsd: price?.inputUsd ?? null, outputUsd: price?.outputUsd ?? null }
        return { id, kind, contextTokens, maxOutputTokens, ...prices, isDefault: `${provider}/${id}` === defaultModel }
      }),
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code, message, hint } = asDuckError(thrown)
    return { provider, models: [], error: { code, message, hint } }
  }
}
