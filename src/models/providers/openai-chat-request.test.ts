import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { asking } from "./asking.testing.ts"
import { type ChatDialect, chatRequest, hostOf } from "./openai-chat-request.ts"

const written = (request: ModelRequest, host: ChatDialect["host"], refused: readonly string[] = []) =>
  chatRequest(request, { host, refused: new Set(refused) })

test("hosts with words of their own are known by their address", () => {
  const hosts = {
    "https://api.openai.com/v1": "openai",
    "https://team.openai.azure.com/openai/v1": "openai",
    "https://openrouter.ai/api/v1": "openrouter",
    "http://127.0.0.1:8000/v1": "other",
    "https://api.openai.com.example/v1": "other",
  }
  for (const [address, host] of Object.entries(hosts)) expect([address, hostOf(address)]).toEqual([address, host])
})

test("the output limit has the newer name at OpenAI, the older one elsewhere, and the other one where that is refused", () => {
  const request = asking("hi", { maxOutputTokens: 5 })
  expect(written(request, "openai")).toMatchObject({ max_completion_tokens: 5 })
  expect(written(request, "other")).toMatchObject({ max_tokens: 5 })
  expect(written(request, "openai", ["max_completion_tokens"])).toMatchObject({ max_tokens: 5 })
  expect(Object.keys(written(request, "other", ["max_completion_tokens", "max_tokens"]))).not.toContain("max_tokens")
})

test("calls of a session go to where OpenAI has its prefix", () => {
  const request = asking("hi", { attribution: { user: "u", session: "s1" } })
  expect(written(request, "openai")).toMatchObject({ prompt_cache_key: "s1" })
  expect(written(request, "other")).not.toHaveProperty("prompt_cache_key")
})

test("OpenRouter is told how much to think and what to cache in its own way", () => {
  const messages: ModelRequest["messages"] = [
    { role: "system", parts: [{ kind: "text", text: "Rules" }], cache: "long" },
    { role: "user", parts: [{ kind: "text", text: "hi" }] },
  ]
  const request = asking("", { messages, reasoning: { effort: "high" } })
  expect(written(request, "openrouter")).toMatchObject({
    reasoning: { effort: "high" },
    messages: [
      {
        role: "system",
        content: [{ type: "text", text: "Rules", cache_control: { type: "ephemeral", ttl: "1h" } }],
      },
      { role: "user", content: "hi" },
    ],
  })
  const counted = asking("hi", { reasoning: { effort: "high", maxTokens: 900 } })
  expect(written(counted, "openrouter")).toMatchObject({ reasoning: { max_tokens: 900 } })
  expect(written(request, "other")).toMatchObject({ reasoning_effort: "high", messages: [{ content: "Rules" }, {}] })
})

test("thoughts and strictness stay away where they were refused", () => {
  const proof = { from: "openai-chat", data: { field: "reasoning_content" } } as const
  const request = asking("", {
    messages: [
      { role: "user", parts: [{ kind: "text", text: "hi" }] },
      { role: "assistant", parts: [{ kind: "reasoning", text: "hm", proof }] },
    ],
    tools: [{ name: "t", parameters: { type: "object" }, strict: true }],
  })
  expect(JSON.stringify(written(request, "other"))).toMatch(/"reasoning_content":"hm".*"strict":true/)
  expect(JSON.stringify(written(request, "other", ["reasoning_content", "strict"]))).not.toMatch(/reasoning|strict/)
})
