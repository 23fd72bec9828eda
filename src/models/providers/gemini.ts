import { z } from "zod"
import { estimateTokens } from "../../base/tokens.ts"
import type { Embeddings, EmbedRequest, ListedModel, Provider, ProviderOptions } from "../provider.ts"
import { openConnection, type WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { defined } from "./fields.ts"
import { geminiDecoder } from "./gemini-decoder.ts"
import { geminiPrompt, geminiRequest } from "./gemini-request.ts"

const modelsPage = z.object({
  models: z
    .array(
      z.object({
        name: z.string(),
        inputTokenLimit: z.number().optional(),
        outputTokenLimit: z.number().optional(),
        supportedGenerationMethods: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
})
const mostPages = 20

const embeddingsAnswer = z.object({ embeddings: z.array(z.object({ values: z.array(z.number()) })) })
/** The vendor takes no more at once. */
const batchSize = 100

const tokenCount = z.object({ totalTokens: z.number() })

/** Google's Gemini API. The key goes in a header, never in the address, which ends up in logs. */
export function geminiProvider(options: ProviderOptions, deps: WireDeps = {}): Provider {
  const connection = openConnection(
    options,
    {
      url: "https://generativelanguage.googleapis.com/v1beta",
      keyHeaders: (key) => ({ "x-goog-api-key": key }),
    },
    deps,
  )

  return {
    name: options.name,
    kind: "gemini",
    isLocal: options.isLocal ?? false,
    model: (request, signal) =>
      connection.stream(
        {
          model: request.model,
          path: `/${resourceOf(request.model)}:streamGenerateContent?alt=sse`,
          body: () => geminiRequest(request),
          framing: serverSentEvents,
          decoder: (context) => geminiDecoder(context, request),
        },
        signal,
      ),
    async listModels(signal) {
      const listed: ListedModel[] = []
      let token = ""
      for (let page = 0; page < mostPages; page++) {
        const path = `/models?pageSize=1000${token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`}`
        const { models, nextPageToken } = await connection.json({ path, schema: modelsPage }, signal)
        for (const model of models) {
          listed.push({
            id: model.name.replace(/^models\//, ""),
            kind: kindOf(model.name, model.supportedGenerationMethods ?? []),
            contextTokens: model.inputTokenLimit,
            maxOutputTokens: model.outputTokenLimit,
          })
        }
        if (!nextPageToken || nextPageToken === token) break
        token = nextPageToken
      }
      return listed
    },
    async embed(request: EmbedRequest, signal): Promise<Embeddings> {
      const resource = resourceOf(request.model)
      const vectors: Float32Array[] = []
      for (let from = 0; from < request.texts.length; from += batchSize) {
        const texts = request.texts.slice(from, from + batchSize)
        const requests = texts.map((text) =>
          defined({ model: resource, content: { parts: [{ text }] }, outputDimensionality: request.dimensions }),
        )
        const call = { path: `/${resource}:batchEmbedContents`, body: { requests }, schema: embeddingsAnswer }
        const { embeddings } = await connection.json({ ...call, model: request.model }, signal)
        if (embeddings.length !== texts.length) {
          throw connection.invalid(`sent ${embeddings.length} embeddings for ${texts.length} texts`, request.model)
        }
        vectors.push(...embeddings.map(({ values }) => Float32Array.from(values)))
      }
      // The vendor does not say how many it took.
      const inputTokens = request.texts.reduce((sum, text) => sum + estimateTokens(text), 0)
      return { provider: options.name, model: request.model, vectors, inputTokens }
    },
    async countTokens(request, signal) {
      const resource = resourceOf(request.model)
      const body = { generateContentRequest: { model: resource, ...geminiPrompt(request) } }
      const call = { path: `/${resource}:countTokens`, body, schema: tokenCount, model: request.model }
      return (await connection.json(call, signal)).totalTokens
    },
    close: () => connection.close(),
  }
}

/** "gemini-2.5-pro" and "models/gemini-2.5-pro" are the same; "tunedModels/x" is its own. */
function resourceOf(model: string): string {
  const name = model.includes("/") ? model : `models/${model}`
  return name.split("/").map(encodeURIComponent).join("/")
}

function kindOf(name: string, methods: readonly string[]): ListedModel["kind"] {
  if (methods.includes("embedContent")) return "embedding"
  return methods.includes("generateContent") && !/image|-tts|audio|robotics/.test(name) ? "chat" : "other"
}
