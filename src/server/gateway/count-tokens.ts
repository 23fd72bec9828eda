import type { ModelRequest } from "../../models/model.ts"
import type { Models } from "../../models/models.ts"
import { countTokens } from "../../models/tokens/count.ts"
import { tokenFamily } from "../../models/tokens/family.ts"

/** Tokens of a prompt by the family of the model that it names; an estimate where its vocabulary is not public. */
export async function countPrompt(request: ModelRequest, models: Pick<Models, "status">): Promise<number> {
  const { defaultModel, providers } = await models.status(request.attribution.project)
  const model = request.model === "" ? (defaultModel.value ?? "") : request.model
  const provider = providers.find(({ name }) => model.startsWith(`${name}/`))
  const { tokens } = await countTokens(request, tokenFamily(provider?.kind ?? "openai-chat", model))
  return tokens
}
