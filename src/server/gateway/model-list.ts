import { ModelError } from "../../models/errors.ts"
import type { ModelListing } from "../../models/models.ts"

interface Listed {
  /** "provider/model", as it is asked. */
  readonly id: string
  readonly provider: string
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
}

/** Every model that can be asked, the default one first. A provider that fails just has none now. */
export function listedModels(listings: readonly ModelListing[]): Listed[] {
  const all = listings.flatMap(({ provider, models }) =>
    models.map(({ id, contextTokens, maxOutputTokens, isDefault }) => ({
      isDefault,
      listed: { id: `${provider}/${id}`, provider, contextTokens, maxOutputTokens },
    })),
  )
  return [...all.filter(({ isDefault }) => isDefault), ...all.filter(({ isDefault }) => !isDefault)].map(
    ({ listed }) => listed,
  )
}

/** By its whole name, or by its bare one as a call takes it too. Throws MODEL_UNKNOWN. */
export function findModel(models: readonly Listed[], name: string): Listed {
  const found = models.find(({ id }) => id === name) ?? models.find(({ id, provider }) => id === `${provider}/${name}`)
  if (found) return found
  throw new ModelError({
    fault: "MODEL_UNKNOWN",
    message: `There is no model ${JSON.stringify(name.slice(0, 200))} here.`,
    hint: "GET /v1/models lists those that there are.",
  })
}

export const openAiList = (models: readonly Listed[]) => ({ object: "list", data: models.map(openAiModel) })

/** When a model was made is not known here, so `created` is 0. */
export const openAiModel = ({ id, provider }: Listed) => ({ id, object: "model", created: 0, owned_by: provider })

export function anthropicList(models: readonly Listed[]) {
  const data = models.map(anthropicModel)
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
}

export const anthropicModel = ({ id, contextTokens, maxOutputTokens }: Listed) => ({
  type: "model",
  id,
  display_name: id,
  created_at: "1970-01-01T00:00:00Z",
  max_input_tokens: contextTokens,
  max_tokens: maxOutputTokens,
})
