import type { Config, ConfigEntry } from "../../access/config.ts"
import type { ProviderSetting } from "../../access/llm-settings.ts"
import type { Secrets } from "../../access/secrets.ts"
import type { SettingKey, Settings } from "../../access/settings.ts"
import { asDuckError } from "../../base/errors.ts"
import { ModelError } from "../errors.ts"
import type { ProviderKind } from "../model.ts"
import type { Sourced } from "../models.ts"
import type { ProviderOptions } from "../provider.ts"
import { isLocalAddress } from "../wire/local-address.ts"
import { type FromEnvironment, providersIn } from "./environment.ts"

/** A provider as settings, environment and secrets have it together. */
export interface ConfiguredProvider {
  readonly name: string
  readonly kind: ProviderKind
  readonly url: Sourced<string>
  /** The model to ask where only the provider is named; null: the first that it lists. */
  readonly model: Sourced<string | null>
  readonly isLocal: boolean
  readonly limits: ProviderSetting["limits"]
  readonly key: () => Sourced<"set" | "missing" | "not needed">
  readonly options: ProviderOptions
  /** Changes when the provider has to be opened anew. */
  readonly stamp: string
}

export interface ConfiguredOptions {
  readonly env: NodeJS.ProcessEnv
  readonly secrets: Pick<Secrets, "get" | "names">
}

export const secretOf = (provider: string): string => `provider.${provider}`

/** Those of the settings in their order, then those of the environment. */
export function configuredProviders(config: Config, { env, secrets }: ConfiguredOptions): ConfiguredProvider[] {
  const settings = config.values["llm.providers"]
  const found = new Map(providersIn(env).map((one) => [one.name, one]))
  const source = sourceOf(config, "llm.providers")
  const own = Object.entries(settings).map(([name, setting]) => {
    const variables = found.get(name)
    // A key of the environment goes to the address it belongs to: the environment's or the vendor's own.
    const fits = variables && (setting.url === undefined || hasOwnAddress(variables))
    found.delete(name)
    // An address of the environment in the place of the vendor's brings what listens there along.
    const kind = fits && variables.url && setting.url === undefined ? variables.kind : setting.kind
    return provider({ name, setting: { ...setting, kind }, source, variables: fits ? variables : undefined, secrets })
  })
  const rest = [...found.values()].map((variables) =>
    provider({ name: variables.name, setting: { kind: variables.kind }, source: "default", variables, secrets }),
  )
  return [...own, ...rest]
}

function provider({
  name,
  setting,
  source,
  variables,
  secrets,
}: {
  readonly name: string
  readonly setting: ProviderSetting
  readonly source: string
  readonly variables: FromEnvironment | undefined
  readonly secrets: ConfiguredOptions["secrets"]
}): ConfiguredProvider {
  const { kind } = setting
  const url = variables?.url
    ? { value: variables.url.value, source: `environment ${variables.url.variable}` }
    : setting.url !== undefined
      ? { value: setting.url, source }
      : { value: vendorUrls[kind] ?? "", source: "default" }
  const isLocal = setting.isLocal ?? isLocalPlace(kind, url.value)
  const ofEnvironment = variables?.key
  const key = (): Sourced<"set" | "missing" | "not needed"> => {
    if (ofEnvironment) return { value: "set", source: `environment ${ofEnvironment.variable}` }
    try {
      if (secrets.names().includes(secretOf(name))) return { value: "set", source: "secrets" }
    } catch (thrown) {
      return { value: "missing", source: asDuckError(thrown).message }
    }
    return { value: needsKey(kind, url.value) ? "missing" : "not needed", source: "default" }
  }
  const options: ProviderOptions = {
    name,
    kind,
    ...(url.value === "" ? {} : { url: url.value }),
    key: () => ofEnvironment?.value ?? secretFor(name, secrets),
    headers: setting.headers,
    file: setting.file,
    isLocal,
  }
  const model = setting.model ?? defaultModels[kind] ?? null
  return {
    name,
    kind,
    url,
    model: { value: model, source: setting.model === undefined ? "default" : source },
    isLocal,
    limits: setting.limits,
    key,
    options,
    stamp: JSON.stringify([setting, kind, url, isLocal, ofEnvironment?.variable]),
  }
}

/** The stored key. One that is there and can't be read is said to be so, not left out. */
function secretFor(name: string, secrets: ConfiguredOptions["secrets"]): string | undefined {
  try {
    return secrets.get(secretOf(name))
  } catch (thrown) {
    const { message, hint } = asDuckError(thrown)
    throw new ModelError({ fault: "MODEL_UNAUTHORIZED", message, hint, provider: name, cause: thrown })
  }
}

const hasOwnAddress = ({ url, key }: FromEnvironment) => url !== undefined && url.variable !== key?.variable

const vendorUrls: Readonly<Partial<Record<ProviderKind, string>>> = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
  gemini: "https://generativelanguage.googleapis.com/v1beta",
  ollama: "http://127.0.0.1:11434",
  lmstudio: "http://127.0.0.1:1234/v1",
}

/** What is asked where somebody gave a key and named no model: of each vendor a current one that does not cost much. */
export const defaultModels: Readonly<Partial<Record<ProviderKind, string>>> = {
  openai: "gpt-6.1-sol",
  anthropic: "claude-sonnet-5-5",
  gemini: "gemini-3.8-flash",
}

const needsKey = (kind: ProviderKind, url: string) =>
  (kind === "openai" || kind === "anthropic" || kind === "gemini") && !(URL.canParse(url) && isLocalAddress(url))

/** Local kinds at an address of this machine or network; another that speaks as OpenAI does, on this machine. */
function isLocalPlace(kind: ProviderKind, url: string): boolean {
  if (kind === "llama-cpp") return true
  return (
    (kind === "ollama" || kind === "lmstudio" || kind === "openai-chat") && URL.canParse(url) && isLocalAddress(url)
  )
}

/** "user /path:3", "environment DUCK_LLM_MODEL", "default". */
export function sourceOf(config: Config, key: SettingKey): string {
  const entry = config.entries.find((one) => one.key === key)
  return entry ? spoken(entry) : "default"
}
const spoken = ({ source, where }: ConfigEntry) => `${source} ${where}`.trim()

export const sourced = <K extends SettingKey>(config: Config, key: K): Sourced<Settings[K]> => ({
  value: config.values[key],
  source: sourceOf(config, key),
})
