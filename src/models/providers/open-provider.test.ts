import { expect, test } from "vitest"
import { type ProviderKind, providerKinds } from "../model.ts"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { asking, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { openProvider } from "./open-provider.ts"

const never = new AbortController().signal
const chatAnswer = [{ choices: [{ delta: { content: "hi" }, finish_reason: "stop" }] }, "[DONE]"]

test("a provider can be asked at once, and again when it is loaded", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, chatAnswer))
  const provider = openProvider({ name: "work", kind: "openai-chat", url: `${server.url}/v1` })
  expect(provider).toMatchObject({ name: "work", kind: "openai-chat", isLocal: true })
  for (const _ of [0, 1]) expect(textIn(await eventsOf(provider.model, asking("hello")))).toBe("hi")
  await provider.close()
})

test("every kind has the methods that it promises before it is loaded", async () => {
  const { openAiResponsesProvider } = await import("./openai-responses.ts")
  const { openAiChatProvider } = await import("./openai-chat.ts")
  const { anthropicProvider } = await import("./anthropic.ts")
  const { geminiProvider } = await import("./gemini.ts")
  const { ollamaProvider } = await import("./ollama.ts")
  const { lmStudioProvider } = await import("./lmstudio.ts")
  const { llamaCppProvider } = await import("./llama-cpp.ts")
  const opened = {
    openai: openAiResponsesProvider,
    "openai-chat": openAiChatProvider,
    anthropic: anthropicProvider,
    gemini: geminiProvider,
    ollama: ollamaProvider,
    lmstudio: lmStudioProvider,
    "llama-cpp": llamaCppProvider,
  } satisfies Record<ProviderKind, unknown>
  for (const kind of providerKinds) {
    const options = { name: kind, kind, file: "/nowhere/model.gguf" }
    const early = openProvider(options)
    const loaded = opened[kind](options)
    const facts = ({ embed, countTokens, isLocal }: typeof early) => [kind, !!embed, !!countTokens, isLocal]
    expect(facts(early)).toEqual(facts(loaded))
    await Promise.all([early.close(), loaded.close()])
  }
})

test("lists and embeddings come from the provider too", async () => {
  await using server = await scriptedServer((response, { path }) =>
    path === "/v1/models"
      ? sendJson(response, { data: [{ id: "m1" }] })
      : sendJson(response, { data: [{ index: 0, embedding: [1, 2] }] }),
  )
  const provider = openProvider({ name: "work", kind: "openai-chat", url: `${server.url}/v1` })
  expect(await provider.listModels(never)).toEqual([{ id: "m1", kind: "chat" }])
  const embeddings = await provider.embed?.({ model: "e", texts: ["a"], attribution: { user: "u" } }, never)
  expect(embeddings?.vectors).toEqual([Float32Array.of(1, 2)])
})

test("a url that is none is an error of the call, each time", async () => {
  const provider = openProvider({ name: "work", kind: "openai-chat", url: "models" })
  for (const _ of [0, 1]) await expect(provider.listModels(never)).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("a provider that was closed takes no calls, even when it was never asked before", async () => {
  await using server = await scriptedServer((response) => sendEvents(response, chatAnswer))
  const provider = openProvider({ name: "work", kind: "openai-chat", url: `${server.url}/v1` })
  await provider.close()
  expect((await faultOf(provider.model, asking("hello"))).error.fault).toBe("MODEL_UNREACHABLE")
  expect(server.requests).toHaveLength(0)
})

test("whether a provider is local is read from its address, unless the settings say", () => {
  const at = (url: string, isLocal?: boolean) => openProvider({ name: "x", kind: "openai-chat", url, isLocal }).isLocal
  expect([at("http://10.0.0.5:8000/v1"), at("https://api.groq.com/openai/v1")]).toEqual([true, false])
  expect([at("http://10.0.0.5:8000/v1", false), at("https://api.groq.com/openai/v1", true)]).toEqual([false, true])
  const ollama = (url?: string) => openProvider({ name: "x", kind: "ollama", url }).isLocal
  expect([ollama(), ollama("https://ollama.com")]).toEqual([true, false])
})
