import type { Provider, ProviderOptions } from "../provider.ts"
import type { WireDeps } from "../wire/connection.ts"
import { serverSentEvents } from "../wire/framing.ts"
import { openAiProvider } from "./openai-provider.ts"
import { responsesDecoder } from "./openai-responses-decoder.ts"
import { optionalResponsesFields, responsesRequest } from "./openai-responses-request.ts"
import { refusedFields } from "./refused-fields.ts"

/** OpenAI by its responses API, the only one in which its models go on from their own thoughts. */
export const openAiResponsesProvider = (options: ProviderOptions, deps?: WireDeps): Provider =>
  openAiProvider(options, deps, (connection) => {
    const refused = refusedFields()
    return (request, signal) => {
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
    }
  })
