import { estimateTokens } from "../../base/tokens.ts"
import type { ModelRequest, ProviderKind } from "../model.ts"
import type { EmbedRequest } from "../provider.ts"
import { families, tokenFamily } from "../tokens/family.ts"
import { partTokens } from "../tokens/part-estimate.ts"

/** The estimate is off by some percent; what is held for a call should not be too little. */
const margin = 1.1
/** Of a large image, at the providers that count most. */
const imageTokens = 1_600

/**
 * About as many tokens as a prompt has, rather too many than too few; without a vocabulary, which would take more memory
 * than the rest of the server (models/tokens counts exactly).
 */
export function promptTokens(request: ModelRequest | EmbedRequest, kind: ProviderKind, model: string): number {
  const { perO200k, perMessage, forTools } = families[tokenFamily(kind, model)]
  if ("texts" in request)
    return Math.ceil(request.texts.reduce((sum, text) => sum + estimateTokens(text), 0) * perO200k)
  const { messages, tools = [], output } = request
  let tokens = 0
  for (const { parts } of messages) for (const part of parts) tokens += partTokens(part, imageTokens)
  if (tools.length > 0) tokens += estimateTokens(JSON.stringify(tools)) + forTools
  if (output) tokens += estimateTokens(JSON.stringify(output.schema))
  return Math.ceil((tokens * perO200k + messages.length * perMessage) * margin)
}
