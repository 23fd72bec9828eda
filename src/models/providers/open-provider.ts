import { lazily, read } from "../layers/stream.ts"
import type { ProviderKind } from "../model.ts"
import type { Provider, ProviderOptions } from "../provider.ts"
import type { WireDeps } from "../wire/connection.ts"
import { isLocalAddress } from "../wire/local-address.ts"

interface Kind {
  /** Loaded with the first call: a server that only asks Ollama never loads the rest, nor an idle one an HTTP client. */
  readonly load: () => Promise<(options: ProviderOptions, deps?: WireDeps) => Provider>
  /** What has to be known before it is loaded. */
  readonly embeds: boolean
  readonly countsTokens: boolean
  /** Where it is when no url says so. */
  readonly isLocal: boolean
}

const vendor = { embeds: true, countsTokens: false, isLocal: false }
const kinds: Readonly<Record<ProviderKind, Kind>> = {
  openai: { ...vendor, load: async () => (await import("./openai-responses.ts")).openAiResponsesProvider },
  "openai-chat": { ...vendor, load: async () => (await import("./openai-chat.ts")).openAiChatProvider },
  anthropic: {
    ...vendor,
    embeds: false,
    countsTokens: true,
    load: async () => (await import("./anthropic.ts")).anthropicProvider,
  },
  gemini: { ...vendor, countsTokens: true, load: async () => (await import("./gemini.ts")).geminiProvider },
  ollama: { ...vendor, isLocal: true, load: async () => (await import("./ollama.ts")).ollamaProvider },
  lmstudio: { ...vendor, isLocal: true, load: async () => (await import("./lmstudio.ts")).lmStudioProvider },
  "llama-cpp": {
    embeds: false,
    countsTokens: false,
    isLocal: true,
    load: async () => {
      const { llamaCppProvider } = await import("./llama-cpp.ts")
      return (options) => llamaCppProvider(options)
    },
  },
}

/**
 * A provider of any kind, ready at once: its code comes in with the first call. A url that is none is an
 * InvalidInputError of that call.
 */
export function openProvider(options: ProviderOptions, deps?: WireDeps): Provider {
  const kind = kinds[options.kind]
  let provider: Provider | undefined
  let loading: Promise<Provider> | undefined
  let isClosed = false

  function loaded(): Promise<Provider> {
    loading ??= kind.load().then(
      async (open) => {
        provider = open(options, deps)
        // Closed while it was loading: the call that waits for it hears that it is.
        if (isClosed) await provider.close()
        return provider
      },
      (error) => {
        loading = undefined
        throw error
      },
    )
    return loading
  }

  return {
    name: options.name,
    kind: options.kind,
    isLocal: options.isLocal ?? (options.url === undefined ? kind.isLocal : isLocal(options.url)),
    model: (request, signal) =>
      provider ? provider.model(request, signal) : lazily(async () => read((await loaded()).model(request, signal))),
    listModels: async (signal) => (await loaded()).listModels(signal),
    ...(kind.embeds && {
      embed: async (request, signal) => needed((await loaded()).embed, "embeddings")(request, signal),
    }),
    ...(kind.countsTokens && {
      countTokens: async (request, signal) => needed((await loaded()).countTokens, "token counts")(request, signal),
    }),
    async close() {
      isClosed = true
      await provider?.close()
    },
  }
}

/** The table above says what a kind has; this is where it would be wrong. */
function needed<T>(method: T | undefined, what: string): T {
  if (method === undefined) throw new Error(`This kind of provider has no ${what}.`)
  return method
}

const isLocal = (url: string) => URL.canParse(url) && isLocalAddress(url)
