import { expect, test } from "vitest"
import { scriptedServer, sendEvents, sendJson } from "../wire/scripted-server.testing.ts"
import { asking, eventsOf, textIn } from "./asking.testing.ts"
import { lmStudioProvider } from "./lmstudio.ts"

const never = new AbortController().signal
const providerAt = (url: string) => lmStudioProvider({ name: "lmstudio", kind: "lmstudio", url: `${url}/v1` })
/** LM Studio's answer to a path it does not know has status 200. */
const unexpected = { error: "Unexpected endpoint or method." }

test("it answers as a server of chat completions, without a key, and is local", async () => {
  await using server = await scriptedServer((response) =>
    sendEvents(response, [{ choices: [{ delta: { content: "hi" }, finish_reason: "stop" }] }, "[DONE]"]),
  )
  const provider = providerAt(server.url)
  expect(textIn(await eventsOf(provider.model, asking("hello")))).toBe("hi")
  expect(provider.isLocal).toBe(true)
  expect(server.requests[0]?.path).toBe("/v1/chat/completions")
  expect(server.requests[0]?.headers).not.toHaveProperty("authorization")
  await provider.close()
})

test("models are listed by the newest listing that it has", async () => {
  const answers: Record<string, unknown> = {
    "/api/v1/models": {
      models: [
        {
          key: "qwen",
          type: "llm",
          max_context_length: 32768,
          loaded_instances: [{ config: { context_length: 4096 } }],
        },
        { key: "nomic", type: "embedding", max_context_length: 2048, loaded_instances: [] },
      ],
    },
    "/api/v0/models": { data: [{ id: "old-qwen", type: "vlm", max_context_length: 32768 }] },
    "/v1/models": { data: [{ id: "plain" }] },
  }
  await using server = await scriptedServer((response, { path }) => sendJson(response, answers[path] ?? unexpected))
  const { listModels } = providerAt(server.url)
  expect(await listModels(never)).toEqual([
    { id: "qwen", kind: "chat", contextTokens: 4096 },
    { id: "nomic", kind: "embedding", contextTokens: 2048 },
  ])
  delete answers["/api/v1/models"]
  expect(await listModels(never)).toEqual([{ id: "old-qwen", kind: "chat", contextTokens: 32768 }])
  delete answers["/api/v0/models"]
  expect(await listModels(never)).toEqual([{ id: "plain", kind: "chat" }])
})

test("a listing that fails for another reason says so", async () => {
  await using server = await scriptedServer((response) => sendJson(response, { error: "bad token" }, 401))
  await expect(providerAt(server.url).listModels(never)).rejects.toMatchObject({ fault: "MODEL_UNAUTHORIZED" })
})
