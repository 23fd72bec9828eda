import type { Message, ModelRequest, Part } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { defined, textAt } from "./fields.ts"
import { imageUrl, resultText, textOf } from "./parts.ts"
import { isStrictSchema } from "./strict-schema.ts"

/** How one server wants its chat completions; see `dialectOf`. */
export interface ChatDialect {
  readonly host: "openai" | "openrouter" | "other"
  /** Fields this model was found not to take. */
  readonly refused: ReadonlySet<string>
}

/** Fields that can be left out (or have an older name) and leave the request with its meaning, or nearly so. */
const optionalFields = [
  "stream_options",
  "max_completion_tokens",
  "max_tokens",
  "parallel_tool_calls",
  "reasoning_effort",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "temperature",
  "top_p",
  "seed",
  "strict",
  "response_format",
  "prompt_cache_key",
]

/** The optional fields that stand somewhere in a body. */
export function optionalFieldsOf(body: JsonObject): string[] {
  const deep = JSON.stringify([body.tools, body.messages])
  return optionalFields.filter((field) => field in body || deep.includes(`"${field}":`))
}

/** The body of `POST /chat/completions` (https://platform.openai.com/docs/api-reference/chat/create), streaming. */
export function chatRequest(request: ModelRequest, dialect: ChatDialect): JsonObject {
  const { refused, host } = dialect
  const ours = defined({
    model: request.model,
    messages: chatMessages(request.messages, dialect),
    stream: true,
    stream_options: { include_usage: true },
    ...limitOf(request.maxOutputTokens, dialect),
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop?.length ? request.stop : undefined,
    seed: request.seed,
    ...reasoningOf(request, host),
    ...toolsOf(request, dialect),
    response_format: request.output && {
      type: "json_schema",
      json_schema: {
        name: request.output.name,
        schema: request.output.schema,
        strict: isStrictSchema(request.output.schema),
      },
    },
    // Requests of one session go to the machine that has its prefix in the cache.
    prompt_cache_key: host === "openai" ? request.attribution.session : undefined,
  })
  const body = { ...request.extra, ...ours }
  return refused.size === 0 ? body : Object.fromEntries(Object.entries(body).filter(([name]) => !refused.has(name)))
}

/** The newer name is OpenAI's own; everyone else takes the older one. A server that refuses one gets the other. */
function limitOf(tokens: number | undefined, { host, refused }: ChatDialect): JsonObject {
  const names = ["max_tokens", "max_completion_tokens"]
  if (host === "openai") names.reverse()
  const name = names.find((candidate) => !refused.has(candidate))
  return name === undefined || tokens === undefined ? {} : { [name]: tokens }
}

function reasoningOf({ reasoning }: ModelRequest, host: ChatDialect["host"]): JsonObject {
  if (reasoning?.effort === undefined && reasoning?.maxTokens === undefined) return {}
  if (host !== "openrouter") return { reasoning_effort: reasoning.effort }
  // https://openrouter.ai/docs/use-cases/reasoning-tokens: one of the two.
  return {
    reasoning: reasoning.maxTokens === undefined ? { effort: reasoning.effort } : { max_tokens: reasoning.maxTokens },
  }
}

function toolsOf({ tools, toolChoice, parallelToolCalls }: ModelRequest, { refused }: ChatDialect): JsonObject {
  if (!tools?.length) return {}
  return {
    tools: tools.map(({ name, description, parameters, strict }) => ({
      type: "function",
      function: defined({ name, description, parameters, strict: refused.has("strict") ? undefined : strict }),
    })),
    tool_choice:
      typeof toolChoice === "object" ? { type: "function", function: { name: toolChoice.name } } : toolChoice,
    parallel_tool_calls: parallelToolCalls,
  }
}

function chatMessages(messages: readonly Message[], dialect: ChatDialect): JsonObject[] {
  const written: JsonObject[] = []
  // Thoughts go back only within the turn they belong to: some servers need them there and refuse older ones.
  const turnStart = messages.findLastIndex((message) => message.role === "user")
  // Images of tools' results come in a message after all results: those must follow their calls without a gap.
  let shown: JsonObject[] = []
  const showImages = () => {
    if (shown.length > 0) written.push({ role: "user", content: shown })
    shown = []
  }
  messages.forEach((message, at) => {
    const results = message.parts.filter((part) => part.kind === "tool-result")
    for (const result of results) {
      written.push({ role: "tool", tool_call_id: result.callId, content: resultText(result) })
      const images = result.content.filter((part) => part.kind === "image")
      if (images.length > 0) {
        shown.push({ type: "text", text: `What the tool ${result.name} (${result.callId}) showed:` })
        shown.push(...images.map(contentPart))
      }
    }
    if (results.length === message.parts.length && results.length > 0) return
    showImages()
    if (message.role === "assistant") written.push(assistantMessage(message, at > turnStart, dialect))
    else written.push({ role: message.role === "system" ? "system" : "user", content: contentOf(message, dialect) })
  })
  showImages()
  return written
}

function assistantMessage(message: Message, isThisTurn: boolean, dialect: ChatDialect): JsonObject {
  const calls = message.parts.filter((part) => part.kind === "tool-call")
  const text = textOf(message.parts)
  return defined({
    role: "assistant",
    // Only a message of calls may have no content, and some servers want the field all the same.
    content: text === "" && calls.length > 0 ? null : text,
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((call) => ({
            id: call.id,
            type: "function",
            function: { name: call.name, arguments: call.arguments },
          })),
    ...(isThisTurn ? thoughtsOf(message.parts, dialect.refused) : {}),
  })
}

/** Thoughts as the server wrote them: in the field they came in, or as OpenRouter's list. */
function thoughtsOf(parts: readonly Part[], refused: ReadonlySet<string>): JsonObject {
  const fields: Record<string, unknown> = {}
  for (const part of parts) {
    if (part.kind !== "reasoning" || part.proof?.from !== "openai-chat") continue
    const field = textAt(part.proof.data, "field")
    const details = part.proof.data.details
    if (Array.isArray(details) && !refused.has("reasoning_details")) fields.reasoning_details = details
    else if (field !== undefined && !refused.has(field)) fields[field] = `${fields[field] ?? ""}${part.text}`
  }
  return fields
}

function contentOf(message: Message, { host }: ChatDialect): unknown {
  const parts = message.parts.filter((part) => part.kind === "text" || part.kind === "image").map(contentPart)
  const last = parts.at(-1)
  // https://openrouter.ai/docs/features/prompt-caching: marks for the models behind it that want them.
  if (host === "openrouter" && message.cache && last?.type === "text") {
    const ttl = message.cache === "long" ? { ttl: "1h" } : {}
    return [...parts.slice(0, -1), { ...last, cache_control: { type: "ephemeral", ...ttl } }]
  }
  // Plain text where it can be: small servers take nothing else.
  return parts.every((part) => part.type === "text") ? textOf(message.parts) : parts
}

function contentPart(part: Part): JsonObject {
  if (part.kind !== "image") return { type: "text", text: part.kind === "text" ? part.text : "" }
  return { type: "image_url", image_url: { url: imageUrl(part) } }
}

/** Which of the known hosts an address is; `*.openai.azure.com` speaks as OpenAI does. */
export function hostOf(address: string): ChatDialect["host"] {
  const { hostname } = new URL(address)
  if (hostname === "api.openai.com" || /\.(openai\.azure|cognitiveservices\.azure)\.com$/.test(hostname))
    return "openai"
  return /(^|\.)openrouter\.ai$/.test(hostname) ? "openrouter" : "other"
}
