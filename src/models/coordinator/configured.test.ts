import { expect, test } from "vitest"
import { configOf, readLayer } from "../../access/config.ts"
import { providerKindNames } from "../../access/llm-settings.ts"
import { lookup } from "../catalogue/lookup.ts"
import { providerKinds } from "../model.ts"
import { configuredProviders, defaultModels } from "./configured.ts"
import { providersIn } from "./environment.ts"

/** Providers of settings and environment, with these secrets. */
function configured({
  settings = {},
  env = {},
  secrets = {},
}: {
  settings?: object
  env?: NodeJS.ProcessEnv
  secrets?: Record<string, string>
} = {}) {
  const config = configOf([readLayer("user", "/config.json", JSON.stringify({ llm: { providers: settings } }))])
  expect(config.warnings).toEqual([])
  const names = () => Object.keys(secrets)
  return configuredProviders(config, { env, secrets: { names, get: (name) => secrets[name] } })
}
const only = (how: Parameters<typeof configured>[0]) => configured(how)[0] ?? expect.fail("there is none")

test("the kinds that settings take are those that there are", () => {
  expect([...providerKindNames]).toEqual([...providerKinds])
})

test("each vendor's usual model is one that the catalogue knows, with its price", () => {
  for (const [kind, model] of Object.entries(defaultModels)) {
    const known = providerKinds.find((one) => one === kind) ?? expect.fail()
    expect(lookup(known, model, { nowMs: Date.now() }).price, model).not.toBeNull()
  }
})

test("variables as everyone names them make providers, in a fixed order", () => {
  const env = {
    OPENAI_API_KEY: "k",
    ANTHROPIC_API_KEY: "k",
    GOOGLE_API_KEY: "k",
    OPENROUTER_API_KEY: "k",
    GROQ_API_KEY: " ",
    OLLAMA_HOST: "0.0.0.0",
    LM_STUDIO_API_BASE: "http://127.0.0.1:1234",
  }
  expect(providersIn(env).map(({ name, kind, url }) => [name, kind, url?.value])).toEqual([
    ["anthropic", "anthropic", undefined],
    ["openai", "openai", undefined],
    ["gemini", "gemini", undefined],
    ["openrouter", "openai-chat", "https://openrouter.ai/api/v1"],
    ["ollama", "ollama", "http://127.0.0.1:11434"],
    ["lmstudio", "lmstudio", "http://127.0.0.1:1234/v1"],
  ])
  expect(providersIn({})).toEqual([])
})

test("OLLAMA_HOST is read as Ollama reads it", () => {
  const url = (OLLAMA_HOST: string) => providersIn({ OLLAMA_HOST })[0]?.url?.value
  expect(url("box")).toBe("http://box:11434")
  expect(url("10.0.0.5:9999")).toBe("http://10.0.0.5:9999")
  expect(url("https://ollama.example.com/")).toBe("https://ollama.example.com")
})

test("an address of OpenAI's variable that is someone else's is asked for chat completions", () => {
  const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://127.0.0.1:8000/v1" }
  expect(only({ env })).toMatchObject({ name: "openai", kind: "openai-chat", isLocal: true })
  expect(only({ env: { ...env, OPENAI_BASE_URL: "https://api.openai.com/v1" } }).kind).toBe("openai")
})

test("the environment wins over the settings of the same name, and each value says so", () => {
  const provider = only({
    settings: { openai: { kind: "openai", model: "gpt-x" } },
    env: { OPENAI_API_KEY: "from-env", OPENAI_BASE_URL: "https://api.openai.com/v2" },
    secrets: { "provider.openai": "stored" },
  })
  expect(provider.options.key?.()).toBe("from-env")
  expect(provider.key()).toEqual({ value: "set", source: "environment OPENAI_API_KEY" })
  expect(provider.url).toEqual({ value: "https://api.openai.com/v2", source: "environment OPENAI_BASE_URL" })
  expect(provider.model).toEqual({ value: "gpt-x", source: "user /config.json:1" })
})

test("a vendor's key of the environment never goes to an address that the settings gave its name", () => {
  const settings = { openai: { kind: "openai-chat", url: "https://gateway.example.com/v1" } }
  const provider = only({ settings, env: { OPENAI_API_KEY: "vendor-key" } })
  expect(provider.options.key?.()).toBeUndefined()
  expect(provider.url.value).toBe("https://gateway.example.com/v1")
})

test("a key that is needed and not there is missing; local places need none", () => {
  const settings = {
    openai: { kind: "openai" },
    near: { kind: "openai-chat", url: "http://10.0.0.5/v1" },
    ollama: { kind: "ollama" },
  }
  expect(configured({ settings }).map((one) => [one.name, one.key().value, one.isLocal])).toEqual([
    ["openai", "missing", false],
    ["near", "not needed", true],
    ["ollama", "not needed", true],
  ])
})

test("secrets that can't be read are said to be so, in the status and by the call", () => {
  const secrets = {
    names: () => ["provider.openai"],
    get: () => {
      throw new Error("it was changed")
    },
  }
  const config = configOf([
    readLayer("user", "/c", JSON.stringify({ llm: { providers: { openai: { kind: "openai" } } } })),
  ])
  const [provider] = configuredProviders(config, { env: {}, secrets })
  expect(() => provider?.options.key?.()).toThrow(
    expect.objectContaining({ code: "MODEL_UNAUTHORIZED", provider: "openai" }),
  )
})
