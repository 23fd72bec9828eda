import { z } from "zod"
import type { CacheMark, ImagePart, ModelRequest, Reasoning, TextPart, Tool, ToolChoice } from "../../models/model.ts"
import { anthropicErrors } from "./anthropic-errors.ts"
import { type Conversation, conversation } from "./conversation.ts"
import { decodeWith, invalidField } from "./decode.ts"
import type { Asked, CallFacts, Dialect } from "./dialect.ts"
import { imageOfBase64, typeByName } from "./images.ts"
import { messagesAnswer } from "./messages-answer.ts"
import { messagesFrames } from "./messages-frames.ts"
import {
  type CacheControl,
  type ContentBlock,
  type InputMessage,
  messagesRequest,
  type Prompt,
  promptFields,
  type ResultBlock,
} from "./messages-schema.ts"
import { modelName } from "./openai-shapes.ts"
import { openProof } from "./sealed-proof.ts"

/** `POST /v1/messages` (docs.anthropic.com/en/api/messages). */
export const messages: Dialect = {
  errors: anthropicErrors,
  decode(body: unknown, call: CallFacts): Asked {
    const given = decodeWith(messagesRequest, body)
    const request: ModelRequest = {
      ...promptOf(given, call),
      maxOutputTokens: given.max_tokens ?? undefined,
      temperature: given.temperature ?? undefined,
      topP: given.top_p ?? undefined,
      stop: given.stop_sequences ?? undefined,
    }
    const id = `msg_${call.id}`
    return {
      request,
      isStream: given.stream ?? false,
      answer: (answer) => messagesAnswer(answer, id),
      frames: () => messagesFrames(id),
    }
  },
}

/** The body of `POST /v1/messages/count_tokens`: a prompt without the wishes for its answer. */
export const promptToCount = (body: unknown, call: CallFacts): ModelRequest =>
  promptOf(decodeWith(z.object(promptFields), body), call)

function promptOf(given: Prompt, call: CallFacts): ModelRequest {
  const talk = conversation()
  addRules(talk, given.system)
  given.messages.forEach((one, at) => {
    addMessage(talk, one, `messages.${at}`)
  })
  if (given.cache_control) talk.mark(markOf(given.cache_control))
  const tools = toolsOf(given.tools)
  const choice = given.tool_choice
  const isOneByOne = choice && choice.type !== "none" && choice.disable_parallel_tool_use
  const format = given.output_config?.format
  return {
    model: modelName(given.model),
    messages: talk.done(),
    tools,
    toolChoice: tools ? toolChoiceOf(choice) : undefined,
    parallelToolCalls: isOneByOne ? false : undefined,
    reasoning: reasoningOf(given),
    output: format ? { name: "answer", schema: format.schema } : undefined,
    attribution: call.attribution,
  }
}

const markOf = ({ ttl }: NonNullable<CacheControl>): CacheMark => (ttl === "1h" ? "long" : "short")

/** A mark stands at the end of a message, so each marked block of the rules ends one. */
function addRules(talk: Conversation, system: Prompt["system"]): void {
  if (typeof system === "string") {
    if (system !== "") talk.add("system", [{ kind: "text", text: system }])
    return
  }
  let parts: TextPart[] = []
  for (const { text, cache_control } of system ?? []) {
    parts.push({ kind: "text", text })
    if (!cache_control) continue
    talk.add("system", parts, markOf(cache_control))
    parts = []
  }
  if (parts.length > 0) talk.add("system", parts)
}

function addMessage(talk: Conversation, { role, content }: InputMessage, path: string): void {
  if (typeof content === "string") {
    if (content !== "") talk.add(role, [{ kind: "text", text: content }])
    return
  }
  let cache: CacheMark | undefined
  let parts: (TextPart | ImagePart)[] = []
  const flush = () => {
    if (parts.length > 0) talk.add(role, parts)
    parts = []
  }
  content.forEach((block, at) => {
    if ("cache_control" in block && block.cache_control) cache = markOf(block.cache_control)
    switch (block.type) {
      case "text":
      case "image":
      case "document":
        parts.push(partOf(block, `${path}.content.${at}`))
        return
      case "tool_result":
        flush()
        talk.result(block.tool_use_id, resultOf(block, `${path}.content.${at}`), block.is_error ?? undefined)
        return
      case "tool_use":
        flush()
        talk.call(block.id, block.name, JSON.stringify(block.input ?? {}))
        return
      case "thinking":
        flush()
        talk.thought(
          block.thinking,
          openProof(block.signature) ??
            anthropicThought(block.signature && { type: "thinking", signature: block.signature }),
        )
        return
      case "redacted_thinking":
        flush()
        talk.thought("", openProof(block.data) ?? anthropicThought({ type: "redacted_thinking", data: block.data }))
        return
    }
  })
  flush()
  if (cache) talk.mark(cache)
}

/** A proof that was not sealed here: of a history that began at Anthropic's own endpoint. */
function anthropicThought(data: Readonly<Record<string, string>> | "" | null | undefined) {
  return data ? { proof: { from: "anthropic", data } as const } : undefined
}

function partOf(block: ContentBlock, path: string): TextPart | ImagePart {
  switch (block.type) {
    case "text":
      return { kind: "text", text: block.text }
    case "document":
      return { kind: "text", text: block.title ? `${block.title}\n\n${block.source.data}` : block.source.data }
    case "image": {
      const { source } = block
      return source.type === "base64"
        ? imageOfBase64(source.media_type, source.data, `${path}.source.media_type`)
        : { kind: "image", mediaType: typeByName(source.url), source: { kind: "url", url: source.url } }
    }
  }
}

function resultOf({ content }: ResultBlock, path: string): (TextPart | ImagePart)[] {
  if (typeof content === "string") return [{ kind: "text", text: content }]
  return (content ?? []).map((block, at) => partOf(block, `${path}.content.${at}`))
}

/** Run by the provider's own servers: without them the model just does not have the tool. */
const hosted = /^(?:web_search|web_fetch|code_execution|tool_search_tool)_/

function toolsOf(given: Prompt["tools"]): Tool[] | undefined {
  const tools: Tool[] = []
  given?.forEach(({ type, name, description, input_schema, strict }, at) => {
    if (type && type !== "custom") {
      if (hosted.test(type)) return
      throw invalidField(`tools.${at}.type`, `the tool ${type} is known only to Anthropic's models; give its schema`)
    }
    if (!input_schema) throw invalidField(`tools.${at}.input_schema`, "a tool needs the JSON Schema of its input")
    tools.push({ name, description: description ?? undefined, parameters: input_schema, strict: strict ?? undefined })
  })
  return tools.length > 0 ? tools : undefined
}

function toolChoiceOf(choice: Prompt["tool_choice"]): ToolChoice | undefined {
  if (!choice) return undefined
  switch (choice.type) {
    case "tool":
      return { name: choice.name }
    case "any":
      return "required"
    default:
      return choice.type
  }
}

function reasoningOf({ thinking, output_config }: Prompt): Reasoning | undefined {
  const wished = output_config?.effort ?? undefined
  const effort = wished === "max" ? "xhigh" : wished
  if (thinking?.type === "disabled") return { effort: "none" }
  const maxTokens = thinking?.budget_tokens ?? undefined
  return thinking || effort ? { effort, maxTokens } : undefined
}
