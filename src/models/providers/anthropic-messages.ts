import type { CacheMark, ImagePart, Message, Part, TextPart } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { asObject } from "./fields.ts"

/** The vendor takes no more of them. */
const mostMarks = 4

interface Block {
  readonly content: JsonObject
  /** A part of the prompt that ends here is worth keeping. */
  cache?: CacheMark | undefined
}

interface Turn {
  readonly role: "user" | "assistant"
  readonly blocks: Block[]
}

export interface AnthropicPrompt {
  readonly system: readonly JsonObject[] | undefined
  readonly messages: readonly JsonObject[]
}

/**
 * Messages as Anthropic takes them: all that the system says is joined in front, turns alternate, a tool's results
 * come first in the turn after its call, and nothing is empty.
 */
export function anthropicPrompt(messages: readonly Message[]): AnthropicPrompt {
  const system: Block[] = []
  const turns: Turn[] = []
  for (const message of messages) {
    const blocks = message.parts.flatMap(blockOf).map((content): Block => ({ content }))
    const last = blocks.findLast(({ content }) => !isThought(content))
    if (last) last.cache = message.cache
    if (message.role === "system") system.push(...blocks)
    else if (blocks.length > 0) addTurn(turns, message.role === "assistant" ? "assistant" : "user", blocks)
  }
  // There must be something to answer to.
  if (turns.length === 0 && system.length > 0) turns.push({ role: "user", blocks: system.splice(0) })
  for (const turn of turns) turn.blocks.sort((a, b) => Number(isResult(b.content)) - Number(isResult(a.content)))
  keepLastMarks([...system, ...turns.flatMap(({ blocks }) => blocks)])
  return {
    system: system.length > 0 ? system.map(written) : undefined,
    messages: turns.map(({ role, blocks }) => ({ role, content: blocks.map(written) })),
  }
}

function addTurn(turns: Turn[], role: Turn["role"], blocks: Block[]) {
  const last = turns.at(-1)
  if (last?.role === role) last.blocks.push(...blocks)
  else turns.push({ role, blocks })
}

/**
 * The last marks cover the longest prefixes, and a prefix that was kept is found from any later one. What is kept for an
 * hour must stand before what is kept for five minutes.
 */
function keepLastMarks(blocks: readonly Block[]) {
  let left = mostMarks
  let isLong = false
  for (const block of blocks.toReversed()) {
    if (block.cache === undefined) continue
    if (left-- <= 0) block.cache = undefined
    else if (isLong) block.cache = "long"
    else isLong = block.cache === "long"
  }
}

const written = ({ content, cache }: Block): JsonObject =>
  cache === undefined
    ? content
    : { ...content, cache_control: { type: "ephemeral", ...(cache === "long" ? { ttl: "1h" } : {}) } }

const isThought = (content: JsonObject) => content.type === "thinking" || content.type === "redacted_thinking"
const isResult = (content: JsonObject) => content.type === "tool_result"

function blockOf(part: Part): readonly JsonObject[] {
  switch (part.kind) {
    case "text":
    case "image":
      return contentOf(part)
    case "reasoning": {
      // Without the vendor's own signature it would be refused.
      if (part.proof?.from !== "anthropic") return []
      const { type, ...proof } = part.proof.data
      return [type === "redacted_thinking" ? { type, ...proof } : { type: "thinking", thinking: part.text, ...proof }]
    }
    case "tool-call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: inputOf(part.arguments) }]
    case "tool-result": {
      const content = part.content.flatMap(contentOf)
      return [
        {
          type: "tool_result",
          tool_use_id: part.callId,
          ...(content.length > 0 ? { content } : {}),
          ...(part.isError ? { is_error: true } : {}),
        },
      ]
    }
  }
}

function contentOf(part: TextPart | ImagePart): readonly JsonObject[] {
  // Text without a letter is refused.
  if (part.kind === "text") return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }]
  const { source, mediaType } = part
  const where =
    source.kind === "url"
      ? { type: "url", url: source.url }
      : { type: "base64", media_type: mediaType, data: source.data }
  return [{ type: "image", source: where }]
}

/** The vendor takes only an object; what the model wrote wrongly it sees as it was. */
function inputOf(argumentsText: string): JsonObject {
  try {
    const value = asObject(JSON.parse(argumentsText))
    if (value) return value
  } catch {
    // Said below.
  }
  return argumentsText.trim() === "" ? {} : { invalid_json: argumentsText }
}
