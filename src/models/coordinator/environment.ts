import type { Config } from "../../access/config.ts"
import type { ProviderKind } from "../model.ts"

/** A provider as the environment names it; every field says which variable it comes from. */
export interface FromEnvironment {
  readonly name: string
  readonly kind: ProviderKind
  readonly url?: Variable
  readonly key?: Variable
}
export interface Variable {
  readonly variable: string
  readonly value: string
}

interface Known {
  readonly name: string
  readonly kind: ProviderKind
  /** The first that is set counts. */
  readonly keys: readonly string[]
  readonly urls: readonly string[]
  /** Where the vendor's address is not the kind's own. */
  readonly url?: string
  /** What the variable's text means as "up to and with the version". */
  readonly asUrl?: (text: string) => string
}

const versioned = (version: string) => (text: string) => {
  const url = text.replace(/\/+$/, "")
  return /\/v\d+[a-z]*$/.test(url) ? url : `${url}/${version}`
}

/** "127.0.0.1:11434", "0.0.0.0", "http://box:11434": what Ollama itself takes. It listens on 0.0.0.0, nobody calls there. */
const ollamaUrl = (text: string) => {
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`
  const url = URL.parse(withScheme)
  if (!url) return withScheme
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1"
  const hasPort = url.port !== "" || url.protocol === "https:"
  if (!hasPort) url.port = "11434"
  return url.href.replace(/\/+$/, "")
}

const hosted = (name: string, url: string): Known => {
  const upper = name.toUpperCase()
  return { name, kind: "openai-chat", keys: [`${upper}_API_KEY`], urls: [`${upper}_BASE_URL`], url }
}

/** In the order in which the first of them becomes the default. */
const known: readonly Known[] = [
  {
    name: "anthropic",
    kind: "anthropic",
    keys: ["ANTHROPIC_API_KEY"],
    urls: ["ANTHROPIC_BASE_URL"],
    asUrl: versioned("v1"),
  },
  { name: "openai", kind: "openai", keys: ["OPENAI_API_KEY"], urls: ["OPENAI_BASE_URL"] },
  {
    name: "gemini",
    kind: "gemini",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    urls: ["GOOGLE_GEMINI_BASE_URL"],
    asUrl: versioned("v1beta"),
  },
  hosted("openrouter", "https://openrouter.ai/api/v1"),
  hosted("mistral", "https://api.mistral.ai/v1"),
  hosted("groq", "https://api.groq.com/openai/v1"),
  hosted("deepseek", "https://api.deepseek.com/v1"),
  hosted("xai", "https://api.x.ai/v1"),
  hosted("together", "https://api.together.xyz/v1"),
  { name: "ollama", kind: "ollama", keys: [], urls: ["OLLAMA_HOST"], asUrl: ollamaUrl },
  {
    name: "lmstudio",
    kind: "lmstudio",
    keys: [],
    urls: ["LMSTUDIO_BASE_URL", "LM_STUDIO_API_BASE"],
    asUrl: versioned("v1"),
  },
]

/** The providers that exist because a variable of theirs is set. Nothing is asked of anyone. */
export function providersIn(env: NodeJS.ProcessEnv): readonly FromEnvironment[] {
  return known.flatMap(({ name, kind, keys, urls, url, asUrl = (text) => text }) => {
    const key = firstSet(env, keys)
    const given = firstSet(env, urls)
    // A vendor's address alone names a place that wants no key.
    if (!key && !given) return []
    const place = given ? { ...given, value: asUrl(given.value) } : key && url ? { ...key, value: url } : undefined
    // Other places that speak as OpenAI does speak chat completions, seldom the newer interface.
    const isOther = kind === "openai" && given !== undefined && URL.parse(given.value)?.hostname !== "api.openai.com"
    return [
      {
        name,
        kind: isOther ? "openai-chat" : kind,
        ...(place ? { url: place } : {}),
        ...(key ? { key } : {}),
      } as const,
    ]
  })
}

/** Whether settings or environment name any provider. Loads nothing: a server asks it before it loads the model layer. */
export const hasProvider = ({ values }: Config, env: NodeJS.ProcessEnv): boolean =>
  Object.keys(values["llm.providers"]).length > 0 || providersIn(env).length > 0

/** Where an address that is known by its name, such as "openrouter", listens; undefined for those that bring their own. */
export function knownPlace(
  name: string,
): { readonly kind: ProviderKind; readonly url?: string | undefined } | undefined {
  const found = known.find((one) => one.name === name)
  return found && { kind: found.kind, url: found.url }
}

export const knownNames: readonly string[] = known.map(({ name }) => name)

function firstSet(env: NodeJS.ProcessEnv, variables: readonly string[]): Variable | undefined {
  for (const variable of variables) {
    const value = env[variable]?.trim()
    if (value) return { variable, value }
  }
  return undefined
}
