import { ModelError } from "../errors.ts"
import { fillPrompt } from "../fill.ts"
import type { ModelEvent, ModelRequest } from "../model.ts"
import type { Provider, ProviderOptions } from "../provider.ts"
import type { WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { defined } from "./fields.ts"
import { completionChunk, fillDecoder } from "./fill-decoder.ts"
import { chatDecoder } from "./openai-chat-decoder.ts"
import { chatRequest, hostOf, optionalFieldsOf } from "./openai-chat-request.ts"
import { openAiProvider } from "./openai-provider.ts"
import { refusedFields } from "./refused-fields.ts"

/**
 * Any server of chat completions: vLLM, llama.cpp, OpenRouter, Groq, DeepSeek, Mistral... Always streaming. What a
 * server does not take of the optional fields is left out after its first refusal, and remembered for that model. A gap
 * is filled by `/completions` where the server has that and the model has learned it, and else by its chat.
 */
export const openAiChatProvider = (options: ProviderOptions, deps?: WireDeps): Provider =>
  openAiProvider(options, deps, (connection) => {
    const host = hostOf(connection.address)
    const refused = refusedFields()
    const unfilling = new Set<string>()

    const chat = (request: ModelRequest, signal: AbortSignal) => {
      const body = () => chatRequest(request, { host, refused: refused.of(request.model) })
      return connection.stream(
        {
          model: request.model,
          path: "/chat/completions",
          body,
          framing: serverSentEvents,
          decoder: (context) => chatDecoder(context, request),
          again: (fault) => refused.learn(request.model, fault, optionalFieldsOf(body())),
        },
        signal,
      )
    }

    async function* fill(
      request: ModelRequest,
      { prompt, stop }: { readonly prompt: string; readonly stop: readonly string[] },
      signal: AbortSignal,
    ): AsyncIterable<ModelEvent> {
      const body = () =>
        defined({
          model: request.model,
          prompt,
          stream: true,
          max_tokens: request.maxOutputTokens,
          temperature: request.temperature,
          top_p: request.topP,
          seed: request.seed,
          // No more than four are allowed.
          stop: [...stop, ...(request.stop ?? [])].slice(0, 4),
        })
      const call = { model: request.model, path: "/completions", body, framing: serverSentEvents }
      let hasBegun = false
      try {
        const decoder = (context: Parameters<typeof chatDecoder>[0]) => fillDecoder(context, request, completionChunk)
        for await (const event of connection.stream({ ...call, decoder }, signal)) {
          hasBegun = true
          yield event
        }
      } catch (thrown) {
        const isRefused = thrown instanceof ModelError && refusals.has(thrown.fault)
        if (hasBegun || !isRefused) throw thrown
        unfilling.add(request.model)
        yield* chat(request, signal)
      }
    }

    return (request, signal) => {
      // Vendors' own services have no plain completions for these models.
      const isAsked = host === "other" && request.fill !== undefined && !unfilling.has(request.model)
      const prompt = isAsked && request.fill ? fillPrompt(request.model, request.fill) : undefined
      return prompt ? fill(request, prompt, signal) : chat(request, signal)
    }
  })

/** The server has no such place, or does not want such a request. */
const refusals: ReadonlySet<string> = new Set(["MODEL_UNKNOWN", "MODEL_REQUEST_INVALID"])
