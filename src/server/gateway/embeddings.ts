import { z } from "zod"
import type { Embeddings, EmbedRequest } from "../../models/provider.ts"
import { nameOf } from "./answer.ts"
import { decodeWith } from "./decode.ts"
import type { CallFacts } from "./dialect.ts"
import { modelName } from "./openai-shapes.ts"

const onlyText = "only texts are taken, not tokens: they would be of one vocabulary, and models have many"

const schema = z.object({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(z.string(onlyText)).min(1).max(2048)]),
  dimensions: z.int().positive().nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
})

export interface AskedEmbeddings {
  readonly request: EmbedRequest
  answer(embeddings: Embeddings): unknown
}

/** `POST /v1/embeddings` (platform.openai.com/docs/api-reference/embeddings). */
export function decodeEmbeddings(body: unknown, { attribution }: CallFacts): AskedEmbeddings {
  const { model, input, dimensions, encoding_format } = decodeWith(schema, body)
  const encode = encoding_format === "base64" ? base64Of : (vector: Float32Array) => Array.from(vector)
  return {
    request: {
      model: modelName(model),
      texts: typeof input === "string" ? [input] : input,
      dimensions: dimensions ?? undefined,
      attribution,
    },
    answer: (given) => ({
      object: "list",
      model: nameOf(given),
      data: given.vectors.map((vector, index) => ({ object: "embedding", index, embedding: encode(vector) })),
      usage: { prompt_tokens: given.inputTokens, total_tokens: given.inputTokens },
    }),
  }
}

/** Little-endian 32-bit floats, as every machine that runs Node has them. */
const base64Of = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64")
