import { z } from "zod"
import { ModelError } from "../errors.ts"
import type { ListedModel, Provider, ProviderOptions } from "../provider.ts"
import { bearer, type Connection, openConnection, type WireDeps } from "../wire/connection.ts"
import { openAiChatProvider } from "./openai-chat.ts"

/** LM Studio: chat completions on this machine, and listings of its own that tell kinds and contexts. */
export function lmStudioProvider(given: ProviderOptions, deps?: WireDeps): Provider {
  const options = { ...given, url: given.url ?? "http://127.0.0.1:1234/v1" }
  const chat = openAiChatProvider(options, deps)
  const root = options.url.replace(/\/+$/, "").replace(/\/v1$/, "")
  const own = openConnection({ ...options, url: root }, { url: root, keyHeaders: bearer }, deps)
  return {
    ...chat,
    async listModels(signal) {
      for (const list of [newList, oldList]) {
        try {
          return await list(own, signal)
        } catch (error) {
          // An older LM Studio, or something else that speaks as it does.
          if (!(error instanceof ModelError && missing.has(error.fault))) throw error
        }
      }
      return chat.listModels(signal)
    },
    async close() {
      await Promise.all([own.close(), chat.close()])
    },
  }
}

/** LM Studio answers 200 with an error text to a path that it does not know. */
const missing: ReadonlySet<string> = new Set(["MODEL_UNKNOWN", "MODEL_ANSWER_INVALID", "MODEL_REQUEST_INVALID"])

const kinds: Readonly<Record<string, ListedModel["kind"]>> = {
  llm: "chat",
  vlm: "chat",
  embedding: "embedding",
  embeddings: "embedding",
}
const count = z.number().int().positive().optional().catch(undefined)

const newAnswer = z.object({
  models: z.array(
    z.object({
      key: z.string().min(1),
      type: z.string(),
      max_context_length: count,
      loaded_instances: z
        .array(z.object({ config: z.object({ context_length: count }) }))
        .optional()
        .catch(undefined),
    }),
  ),
})

/** `GET /api/v1/models` (https://lmstudio.ai/docs/developer/rest), LM Studio 0.4 and newer. */
async function newList(connection: Connection, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const { models } = await connection.json({ path: "/api/v1/models", schema: newAnswer }, signal)
  return models.map((model) => ({
    id: model.key,
    kind: kinds[model.type] ?? "other",
    contextTokens: model.loaded_instances?.[0]?.config.context_length ?? model.max_context_length,
  }))
}

const oldAnswer = z.object({
  data: z.array(
    z.object({ id: z.string().min(1), type: z.string(), max_context_length: count, loaded_context_length: count }),
  ),
})

/** `GET /api/v0/models`, LM Studio 0.3. */
async function oldList(connection: Connection, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const { data } = await connection.json({ path: "/api/v0/models", schema: oldAnswer }, signal)
  return data.map((model) => ({
    id: model.id,
    kind: kinds[model.type] ?? "other",
    contextTokens: model.loaded_context_length ?? model.max_context_length,
  }))
}
