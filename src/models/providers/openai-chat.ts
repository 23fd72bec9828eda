import type { Provider, ProviderOptions } from "../provider.ts"
import { bearer, openConnection, type WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { isLocalAddress } from "../wire/local-address.ts"
import { chatDecoder } from "./openai-chat-decoder.ts"
import { chatRequest, hostOf, optionalFieldsOf } from "./openai-chat-request.ts"
import { embedOpenAi, listOpenAiModels } from "./openai-lists.ts"
import { refusedFields } from "./refused-fields.ts"

/**
 * Any server of chat completions: vLLM, llama.cpp, OpenRouter, Groq, DeepSeek, Mistral... Always streaming. What a
 * server does not take of the optional fields is left out after its first refusal, and remembered for that model.
 */
export function openAiChatProvider(options: ProviderOptions, deps?: WireDeps): Provider {
  const connection = openConnection(options, { url: "https://api.openai.com/v1", keyHeaders: bearer }, deps)
  const host = hostOf(connection.address)
  const refused = refusedFields()
  return {
    name: options.name,
    kind: options.kind,
    isLocal: options.isLocal ?? isLocalAddress(connection.address),
    model(request, signal) {
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
    },
    listModels: (signal) => listOpenAiModels(connection, signal),
    embed: (request, signal) => embedOpenAi(connection, options.name, request, signal),
    close: () => connection.close(),
  }
}
