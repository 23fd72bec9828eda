import type { Provider, ProviderOptions } from "../provider.ts"
import type { WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { chatDecoder } from "./openai-chat-decoder.ts"
import { chatRequest, hostOf, optionalFieldsOf } from "./openai-chat-request.ts"
import { openAiProvider } from "./openai-provider.ts"
import { refusedFields } from "./refused-fields.ts"

/**
 * Any server of chat completions: vLLM, llama.cpp, OpenRouter, Groq, DeepSeek, Mistral... Always streaming. What a
 * server does not take of the optional fields is left out after its first refusal, and remembered for that model.
 */
export const openAiChatProvider = (options: ProviderOptions, deps?: WireDeps): Provider =>
  openAiProvider(options, deps, (connection) => {
    const host = hostOf(connection.address)
    const refused = refusedFields()
    return (request, signal) => {
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
  })
