import type { Message, ModelRequest, ToolCallPart } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { asObject, defined } from "./fields.ts"
import { resultText, textOf } from "./parts.ts"

/** The body of `POST /api/chat` (https://docs.ollama.com/api/chat). `refused`: "thinking" where a model has none. */
export function ollamaRequest(request: ModelRequest, refused: ReadonlySet<string>): JsonObject {
  const { extra, toolChoice, output } = request
  const chosen = request.tools?.filter(({ name }) => typeof toolChoice !== "object" || toolChoice.name === name)
  const tools = toolChoice === "none" ? undefined : chosen
  const options = defined({
    num_predict: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop?.length ? request.stop : undefined,
    seed: request.seed,
  })
  return {
    ...extra,
    ...defined({
      model: request.model,
      messages: request.messages.flatMap((message, at) => ollamaMessages(message, at > lastQuestion(request.messages))),
      stream: true,
      // Without this a prompt that is too long loses its beginning, and nobody is told.
      truncate: false,
      think: refused.has("thinking") ? undefined : thinkOf(request),
      format: output?.schema,
      tools: tools?.length
        ? tools.map(({ name, description, parameters }) => ({
            type: "function",
            function: defined({ name, description, parameters }),
          }))
        : undefined,
      options: { ...asObject(extra?.options), ...options },
    }),
  }
}

/** The body of `POST /api/generate` (https://docs.ollama.com/api/generate) for a prompt that no template is put around. */
export function ollamaFill(
  request: ModelRequest,
  { prompt, stop }: { readonly prompt: string; readonly stop: readonly string[] },
): JsonObject {
  const options = defined({
    num_predict: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: [...stop, ...(request.stop ?? [])],
    seed: request.seed,
  })
  const extra = asObject(request.extra?.options)
  return { model: request.model, prompt, raw: true, stream: true, options: { ...extra, ...options } }
}

const lastQuestion = (messages: readonly Message[]) => messages.findLastIndex((message) => message.role === "user")

/** Most models can only be told whether to think; gpt-oss only how hard. */
function thinkOf({ model, reasoning }: ModelRequest): boolean | string | undefined {
  const effort = reasoning?.effort
  if (effort === undefined) return undefined
  if (!/gpt-oss/i.test(model)) return effort !== "none"
  return effort === "medium" || effort === "high" || effort === "xhigh" ? effort.replace("x", "") : "low"
}

function ollamaMessages(message: Message, isThisTurn: boolean): JsonObject[] {
  const results = message.parts.filter((part) => part.kind === "tool-result")
  const written: JsonObject[] = results.map((result) => ({
    role: "tool",
    tool_name: result.name,
    tool_call_id: result.callId,
    content: resultText(result),
  }))
  for (const { name, content } of results) {
    const images = imagesOf(content)
    if (images.length > 0) written.push({ role: "user", content: `What the tool ${name} showed:`, images })
  }
  if (results.length > 0 && results.length === message.parts.length) return written
  const calls = message.parts.filter((part) => part.kind === "tool-call")
  const images = imagesOf(message.parts)
  const thinking = message.parts
    .filter((part) => part.kind === "reasoning" && part.proof?.from === "ollama")
    .map((part) => (part.kind === "reasoning" ? part.text : ""))
    .join("")
  written.push(
    defined({
      role: message.role === "tool" ? "user" : message.role,
      content: textOf(message.parts),
      // Within the turn the model goes on from its own thoughts.
      thinking: isThisTurn && thinking !== "" ? thinking : undefined,
      images: images.length > 0 ? images : undefined,
      tool_calls: calls.length > 0 ? calls.map(callOf) : undefined,
    }),
  )
  return written
}

/** Only base64: Ollama fetches nothing, and an address in its place would be an error it explains badly. */
const imagesOf = (parts: Message["parts"]): string[] =>
  parts.flatMap((part) => (part.kind === "image" && part.source.kind === "base64" ? [part.source.data] : []))

function callOf({ id, name, arguments: text }: ToolCallPart): JsonObject {
  return { id, function: { name, arguments: argumentsOf(text) } }
}

/** Ollama wants the object itself; what a model wrote wrongly can only go back as none. */
function argumentsOf(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text)) ?? {}
  } catch {
    return {}
  }
}

/** Whether a request has an image that would have to be fetched. */
export const hasImageAddress = ({ messages }: ModelRequest): boolean =>
  messages.some(({ parts }) =>
    parts.some((part) => {
      const inner = part.kind === "tool-result" ? part.content : [part]
      return inner.some((one) => one.kind === "image" && one.source.kind === "url")
    }),
  )
