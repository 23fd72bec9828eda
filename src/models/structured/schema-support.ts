import type { ModelFacts } from "../catalogue/facts.ts"
import type { ModelRequest, ProviderKind } from "../model.ts"
import { geminiVersion } from "../providers/gemini-request.ts"

/**
 * Where the schema of an answer goes: to the provider, which keeps the model to it; into the prompt, where the provider
 * can't; or both, where it may be that the provider leaves it out, or where the model does better when it knows it.
 */
export type SchemaSupport = "provider" | "prompt" | "both"

export function schemaSupport(kind: ProviderKind, facts: ModelFacts, request: ModelRequest): SchemaSupport {
  switch (kind) {
    case "openai":
    case "anthropic":
      return facts.supports.outputSchema === false ? "prompt" : "provider"
    case "gemini":
      // Before Gemini 3 an answer had tools or a schema, not both.
      if (request.tools?.length && geminiVersion(request.model) < 3) return "prompt"
      return facts.supports.outputSchema === false ? "prompt" : "provider"
    case "openai-chat":
    case "ollama":
    case "lmstudio":
    case "llama-cpp":
      return "both"
  }
}
