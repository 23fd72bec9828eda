import { z } from "zod"
import { systemClock } from "../../base/clock.ts"
import { lookup } from "../catalogue/lookup.ts"
import type { ListedModel, Provider, ProviderOptions } from "../provider.ts"
import { openConnection, type WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { anthropicDecoder } from "./anthropic-decoder.ts"
import { anthropicCountRequest, anthropicRequest } from "./anthropic-request.ts"

const modelsPage = z.object({
  data: z.array(z.object({ id: z.string(), max_input_tokens: z.number().nullish(), max_tokens: z.number().nullish() })),
  has_more: z.boolean().optional(),
  last_id: z.string().nullish(),
})
/** A thousand models each: a server that never comes to the end is not followed for ever. */
const mostPages = 20

const tokenCount = z.object({ input_tokens: z.number() })

/** Anthropic's messages API, and servers that speak it. */
export function anthropicProvider(options: ProviderOptions, deps: WireDeps = {}): Provider {
  const connection = openConnection(
    options,
    {
      url: "https://api.anthropic.com/v1",
      keyHeaders: (key) => ({ "x-api-key": key }),
      headers: { "anthropic-version": "2023-06-01" },
    },
    deps,
  )
  const nowMs = () => (deps.clock ?? systemClock).now()

  return {
    name: options.name,
    kind: "anthropic",
    isLocal: options.isLocal ?? false,
    model: (request, signal) =>
      connection.stream(
        {
          model: request.model,
          path: "/messages",
          body: () => anthropicRequest(request, lookup("anthropic", request.model, { nowMs: nowMs() }).maxOutputTokens),
          framing: serverSentEvents,
          decoder: anthropicDecoder,
        },
        signal,
      ),
    async listModels(signal) {
      const models: ListedModel[] = []
      let after = ""
      for (let page = 0; page < mostPages; page++) {
        const path = `/models?limit=1000${after === "" ? "" : `&after_id=${encodeURIComponent(after)}`}`
        const { data, has_more, last_id } = await connection.json({ path, schema: modelsPage }, signal)
        for (const { id, max_input_tokens, max_tokens } of data) {
          models.push({
            id,
            kind: "chat",
            contextTokens: max_input_tokens ?? undefined,
            maxOutputTokens: max_tokens ?? undefined,
          })
        }
        if (!has_more || !last_id || last_id === after) break
        after = last_id
      }
      return models
    },
    async countTokens(request, signal) {
      const body = anthropicCountRequest(request)
      const call = { path: "/messages/count_tokens", body, schema: tokenCount, model: request.model }
      return (await connection.json(call, signal)).input_tokens
    },
    close: () => connection.close(),
  }
}
