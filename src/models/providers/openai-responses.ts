import type { Provider, ProviderOptions } from "../provider.ts"
import { bearer, openConnection, type WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { isLocalAddress } from "../wire/local-address.ts"
import { embedOpenAi, listOpenAiModels } from "./openai-lists.ts"
import { responsesDecoder } from "./openai-responses-decoder.ts"
import { optionalResponsesFields, responsesRequest } from "./openai-responses-request.ts"
import { refusedFields } from "./refused-fields.ts"

/** OpenAI by its responses API, the only one in which its models go on from their own thoughts. */
export function openAiResponsesProvider(options: ProviderOptions, deps?: WireDeps): Provider {
  const connection = openConnection(options, { url: "https://api.openai.com/v1", keyHeaders: bearer }, deps)
  const refused = refusedFields()
  return {
    name: options.name,
    kind: options.kind,
    isLocal: options.isLocal ?? isLocalAddress(connection.address),
    model(request, signal) {
      const body = () => responsesRequest(request, refused.of(request.model))
      return connection.stream(
        {
          model: request.model,
          path: "/responses",
          body,
          framing: serverSentEvents,
          decoder: (context) => responsesDecoder(context, request),
          again(fault) {
            const sent = body()
            return refused.learn(
              request.model,
              fault,
              optionalResponsesFields.filter((field) => field in sent),
            )
          },
        },
        signal,
      )
    },
    listModels: (signal) => listOpenAiModels(connection, signal),
    embed: (request, signal) => embedOpenAi(connection, options.name, request, signal),
    close: () => connection.close(),
  }
}
