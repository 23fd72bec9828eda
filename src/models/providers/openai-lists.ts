import { z } from "zod"
import type { Embeddings, EmbedRequest, ListedModel } from "../provider.ts"
import type { Connection } from "../wire/connection.ts"
import { defined } from "./fields.ts"

const count = z.number().int().positive().optional().catch(undefined)

/** `GET /models`: OpenAI's own fields, and those in which others tell the size of the context. */
const modelsAnswer = z.object({
  data: z.array(
    z.object({
      id: z.string().min(1),
      /** vLLM */
      max_model_len: count,
      /** OpenRouter, Together */
      context_length: count,
      top_provider: z.object({ max_completion_tokens: count }).optional().catch(undefined),
      /** Groq */
      context_window: count,
      max_completion_tokens: count,
      /** Mistral */
      max_context_length: count,
      /** llama.cpp: what it runs with, and what the model was trained with. */
      meta: z.object({ n_ctx: count, n_ctx_train: count }).nullish().catch(undefined),
    }),
  ),
})

export async function listOpenAiModels(connection: Connection, signal: AbortSignal): Promise<readonly ListedModel[]> {
  // Together answers with the bare list.
  const schema = z.preprocess((value) => (Array.isArray(value) ? { data: value } : value), modelsAnswer)
  const { data } = await connection.json({ path: "/models", schema }, signal)
  return data.map((model) => ({
    id: model.id,
    kind: kindOfModel(model.id),
    contextTokens:
      model.max_model_len ??
      model.context_length ??
      model.context_window ??
      model.max_context_length ??
      model.meta?.n_ctx ??
      model.meta?.n_ctx_train,
    maxOutputTokens: model.top_provider?.max_completion_tokens ?? model.max_completion_tokens,
  }))
}

/** By the name, because the API does not say: what neither writes text nor makes vectors is "other". */
function kindOfModel(id: string): ListedModel["kind"] {
  if (/embed|(?:^|[/-])(?:bge|gte|e5)-/i.test(id)) return "embedding"
  const isOther =
    /whisper|(?:^|[/-])tts|dall-e|image|moderation|realtime|transcribe|sora|rerank|davinci|babbage|turbo-instruct|(?:^|[/-])audio/i
  return isOther.test(id) ? "other" : "chat"
}

const vector = z.union([z.array(z.number()), z.string()])
const embeddingsAnswer = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative(), embedding: vector })),
  usage: z.object({ prompt_tokens: z.number().nonnegative() }).optional().catch(undefined),
})

/** Texts in one request; OpenAI takes 2,048, others less. */
const batchSize = 128

/** `POST /embeddings`, in batches, one after the other. */
export async function embedOpenAi(
  connection: Connection,
  provider: string,
  request: EmbedRequest,
  signal: AbortSignal,
): Promise<Embeddings> {
  const vectors: Float32Array[] = []
  let inputTokens = 0
  for (let from = 0; from < request.texts.length; from += batchSize) {
    const input = request.texts.slice(from, from + batchSize)
    const body = defined({ model: request.model, input, dimensions: request.dimensions, encoding_format: "float" })
    const answer = await connection.json(
      { path: "/embeddings", body, schema: embeddingsAnswer, model: request.model },
      signal,
    )
    const ordered = answer.data.toSorted((a, b) => a.index - b.index)
    if (ordered.length !== input.length || ordered.some((item, at) => item.index !== at)) {
      throw connection.invalid(`sent ${ordered.length} embeddings for ${input.length} texts`, request.model)
    }
    vectors.push(...ordered.map((item) => vectorOf(item.embedding)))
    inputTokens += answer.usage?.prompt_tokens ?? 0
  }
  return { provider, model: request.model, vectors, inputTokens }
}

/** Numbers, or base64 of little-endian floats. */
function vectorOf(embedding: z.output<typeof vector>): Float32Array {
  if (typeof embedding !== "string") return Float32Array.from(embedding)
  const bytes = Buffer.from(embedding, "base64")
  return Float32Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readFloatLE(at * 4))
}
