import type { ProviderSetting } from "../../access/llm-settings.ts"
import { withTimeout } from "../../base/signal.ts"
import { openProvider } from "../providers/open-provider.ts"

const withinMs = 20_000
const shown = 5

export interface ProviderCheck {
  /** How many models it lists. */
  readonly models: number
  readonly first: string[]
  readonly tookMs: number
  readonly isModelUnlisted: boolean
}

/** Asks a provider that is not kept yet what models it has. Throws ModelError with what stands in the way. */
export async function checkProvider({
  name,
  setting,
  key,
  signal,
}: {
  readonly name: string
  readonly setting: ProviderSetting
  readonly key: string | undefined
  readonly signal: AbortSignal
}): Promise<ProviderCheck> {
  const { kind, url, headers, file, isLocal } = setting
  const provider = openProvider({ name, kind, url, headers, file, isLocal, key: () => key })
  const startedAt = performance.now()
  try {
    const models = await withTimeout(`Asking ${name}`, withinMs, signal, (within) => provider.listModels(within))
    const chat = models.filter((model) => model.kind === "chat")
    const names = (chat.length > 0 ? chat : models).map(({ id }) => id)
    return {
      models: models.length,
      first: names.slice(0, shown),
      tookMs: performance.now() - startedAt,
      isModelUnlisted:
        setting.model !== undefined && models.length > 0 && !models.some(({ id }) => id === setting.model),
    }
  } finally {
    await provider.close()
  }
}
