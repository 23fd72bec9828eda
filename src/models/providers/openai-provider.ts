import type { Model } from "../model.ts"
import type { Provider, ProviderOptions } from "../provider.ts"
import { bearer, type Connection, openConnection, type WireDeps } from "../wire/connection.ts"
import { isLocalAddress } from "../wire/local-address.ts"
import { embedOpenAi, listOpenAiModels } from "./openai-lists.ts"

/** A provider that is reached as OpenAI is, by either of its two interfaces: `model` asks over the connection. */
export function openAiProvider(
  options: ProviderOptions,
  deps: WireDeps | undefined,
  model: (connection: Connection) => Model,
): Provider {
  const connection = openConnection(options, { url: "https://api.openai.com/v1", keyHeaders: bearer }, deps)
  return {
    name: options.name,
    kind: options.kind,
    isLocal: options.isLocal ?? isLocalAddress(connection.address),
    model: model(connection),
    listModels: (signal) => listOpenAiModels(connection, signal),
    embed: (request, signal) => embedOpenAi(connection, options.name, request, signal),
    close: () => connection.close(),
  }
}
