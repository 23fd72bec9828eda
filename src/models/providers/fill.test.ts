import { expect, test } from "vitest"
import { fillPrompt } from "../fill.ts"
import { scriptedServer, sendJson, sendLines } from "../wire/scripted-server.testing.ts"
import { asking, endIn, eventsOf, textIn } from "./asking.testing.ts"
import { ollamaProvider } from "./ollama.ts"
import { openAiChatProvider } from "./openai-chat.ts"

const fill = { before: "a = ", behind: "\n" }
const bodyOf = (request: { readonly body: unknown } | undefined) =>
  typeof request?.body === "string" ? JSON.parse(request.body) : request?.body

test("models that learned to fill gaps are known by their names, and get the marks of their family", () => {
  expect(fillPrompt("qwen2.5-coder:7b", fill)?.prompt).toBe("<|fim_prefix|>a = <|fim_suffix|>\n<|fim_middle|>")
  expect(fillPrompt("codellama:7b-code", fill)?.prompt).toBe("<PRE> a =  <SUF>\n <MID>")
  expect(fillPrompt("starcoder2:3b", fill)?.prompt).toBe("<fim_prefix>a = <fim_suffix>\n<fim_middle>")
  expect(fillPrompt("gpt-5", fill)).toBeUndefined()
})

test("Ollama is asked without a template, and its counts are told", async () => {
  await using server = await scriptedServer((response) =>
    sendLines(response, [
      { response: "b", done: false },
      { response: " + 1", done: false },
      { response: "", done: true, done_reason: "stop", prompt_eval_count: 9, eval_count: 3 },
    ]),
  )
  const { model } = ollamaProvider({ name: "ollama", kind: "ollama", url: server.url })
  const events = await eventsOf(model, asking("fill", { model: "qwen2.5-coder", fill, maxOutputTokens: 20 }))
  expect(textIn(events)).toBe("b + 1")
  expect(endIn(events)).toMatchObject({ finish: "stop", usage: { inputTokens: 9, outputTokens: 3 } })
  expect(server.requests[0]?.path).toBe("/api/generate")
  expect(bodyOf(server.requests[0])).toMatchObject({ raw: true, options: { num_predict: 20 } })
})

test("a server without plain completions is asked by its chat, and by that alone from then on", async () => {
  await using server = await scriptedServer((response, request) => {
    if (request.path?.endsWith("/chat/completions")) {
      response.setHeader("content-type", "text/event-stream")
      response.end(
        `data: ${JSON.stringify({ choices: [{ delta: { content: "chat" }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
      )
    } else sendJson(response, { error: { message: "no such route" } }, 404)
  })
  const { model } = openAiChatProvider({ name: "s", kind: "openai-chat", url: `${server.url}/v1` })
  for (let n = 0; n < 2; n++)
    expect(textIn(await eventsOf(model, asking("fill", { model: "qwen2.5-coder", fill })))).toBe("chat")
  expect(server.requests.map(({ path }) => path)).toEqual([
    "/v1/completions",
    "/v1/chat/completions",
    "/v1/chat/completions",
  ])
})

test("a server of open models fills the gap by plain completions", async () => {
  await using server = await scriptedServer((response) => {
    response.setHeader("content-type", "text/event-stream")
    const chunk = (text: string, finish: string | null) => ({ choices: [{ text, finish_reason: finish }] })
    for (const one of [chunk("b", null), chunk("!", "length")]) response.write(`data: ${JSON.stringify(one)}\n\n`)
    response.end("data: [DONE]\n\n")
  })
  const { model } = openAiChatProvider({ name: "s", kind: "openai-chat", url: `${server.url}/v1` })
  const events = await eventsOf(model, asking("fill", { model: "deepseek-coder", fill }))
  expect(textIn(events)).toBe("b!")
  expect(endIn(events)).toMatchObject({ finish: "length", usage: { isEstimated: true } })
  expect(bodyOf(server.requests[0]).prompt).toContain("a = ")
})
