import { z } from "zod"
import { ModelError } from "../errors.ts"
import { fillPrompt } from "../fill.ts"
import type { Embeddings, EmbedRequest, ListedModel, Provider, ProviderOptions } from "../provider.ts"
import { bearer, type Connection, openConnection, type WireDeps } from "../wire/connection.ts"
import { jsonLines } from "../wire/framing.ts"
import { isLocalAddress } from "../wire/local-address.ts"
import { defined } from "./fields.ts"
import { fillDecoder, generateChunk } from "./fill-decoder.ts"
import { ollamaDecoder } from "./ollama-decoder.ts"
import { hasImageAddress, ollamaFill, ollamaRequest } from "./ollama-request.ts"
import { refusedFields } from "./refused-fields.ts"

/** Ollama by its own API, which unlike its copy of OpenAI's says when a prompt is too long. The url may end in "/v1". */
export function ollamaProvider(given: ProviderOptions, deps?: WireDeps): Provider {
  const url = given.url?.replace(/\/+$/, "").replace(/\/(?:v1|api)$/, "")
  const options = { ...given, url }
  const connection = openConnection(options, { url: "http://127.0.0.1:11434", keyHeaders: bearer }, deps)
  const refused = refusedFields()
  return {
    name: options.name,
    kind: options.kind,
    isLocal: options.isLocal ?? isLocalAddress(connection.address),
    model(request, signal) {
      const fill = request.fill && fillPrompt(request.model, request.fill)
      if (fill) {
        return connection.stream(
          {
            model: request.model,
            path: "/api/generate",
            body: () => ollamaFill(request, fill),
            framing: jsonLines,
            decoder: (context) => fillDecoder(context, request, generateChunk),
          },
          signal,
        )
      }
      return connection.stream(
        {
          model: request.model,
          path: "/api/chat",
          body() {
            if (hasImageAddress(request)) throw needsImageData(options.name, request.model)
            return ollamaRequest(request, refused.of(request.model))
          },
          framing: jsonLines,
          decoder: (context) => ollamaDecoder(context, request),
          // "<model> does not support thinking"
          again: (fault) => refused.learn(request.model, fault, ["thinking"]),
        },
        signal,
      )
    },
    listModels: (signal) => listModels(connection, signal),
    embed: (request, signal) => embed(connection, options.name, request, signal),
    close: () => connection.close(),
  }
}

const needsImageData = (provider: string, model: string) =>
  new ModelError({
    fault: "MODEL_REQUEST_INVALID",
    message: `${provider} takes images only as data, and an address was given.`,
    hint: "Give the image itself.",
    provider,
    model,
  })

const tags = z.object({ models: z.array(z.object({ name: z.string().min(1) })).nullable() })
const shown = z.object({
  capabilities: z.array(z.string()).optional().catch(undefined),
  model_info: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

/** Models that are looked at in parallel. */
const lookingAtOnce = 8

/** `GET /api/tags`, and of each model `POST /api/show` for what it can do and how long its context is. */
async function listModels(connection: Connection, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const { models } = await connection.json({ path: "/api/tags", schema: tags }, signal)
  const names = (models ?? []).map(({ name }) => name)
  const listed: ListedModel[] = []
  for (let from = 0; from < names.length; from += lookingAtOnce) {
    const some = names.slice(from, from + lookingAtOnce)
    listed.push(...(await Promise.all(some.map((name) => lookAt(connection, name, signal)))))
  }
  return listed
}

async function lookAt(connection: Connection, id: string, signal: AbortSignal): Promise<ListedModel> {
  try {
    const call = { path: "/api/show", body: { model: id }, schema: shown, model: id }
    const { capabilities, model_info: info } = await connection.json(call, signal)
    const length = Object.entries(info ?? {}).find(([name]) => name.endsWith(".context_length"))?.[1]
    const isEmbedding = capabilities?.includes("embedding") && !capabilities.includes("completion")
    return {
      id,
      kind: isEmbedding ? "embedding" : "chat",
      contextTokens: typeof length === "number" && length > 0 ? length : undefined,
    }
  } catch (error) {
    // It may have been removed in between; it is still listed, without its facts.
    if (error instanceof ModelError && !signal.aborted) return { id, kind: /embed/i.test(id) ? "embedding" : "chat" }
    throw error
  }
}

const embedded = z.object({
  embeddings: z.array(z.array(z.number())),
  prompt_eval_count: z.number().nonnegative().optional().catch(undefined),
})

/** Texts in one request. */
const batchSize = 64

/** `POST /api/embed`, in batches; a text that is too long is an error and not cut. */
async function embed(
  connection: Connection,
  provider: string,
  { model, texts, dimensions }: EmbedRequest,
  signal: AbortSignal,
): Promise<Embeddings> {
  const vectors: Float32Array[] = []
  let inputTokens = 0
  for (let from = 0; from < texts.length; from += batchSize) {
    const input = texts.slice(from, from + batchSize)
    const body = defined({ model, input, dimensions, truncate: false })
    const answer = await connection.json({ path: "/api/embed", body, schema: embedded, model }, signal)
    if (answer.embeddings.length !== input.length) {
      throw connection.invalid(`sent ${answer.embeddings.length} embeddings for ${input.length} texts`, model)
    }
    vectors.push(...answer.embeddings.map((vector) => Float32Array.from(vector)))
    inputTokens += answer.prompt_eval_count ?? 0
  }
  return { provider, model, vectors, inputTokens }
}
