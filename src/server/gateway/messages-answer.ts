import { ModelError } from "../../models/errors.ts"
import type { Finish, Usage } from "../../models/model.ts"
import type { Answer, AnswerPart } from "./answer.ts"
import { sealProof } from "./sealed-proof.ts"

export const stopReasons: Readonly<Record<Finish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  refused: "refusal",
}

/** A `message`. */
export function messagesAnswer({ model, parts, finish, usage }: Answer, id: string) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: parts.flatMap(blocksOf),
    stop_reason: stopReasons[finish],
    stop_sequence: null,
    usage: messagesUsage(usage),
  }
}

function blocksOf(part: AnswerPart): object[] {
  switch (part.kind) {
    case "text":
      return [{ type: "text", text: part.text, citations: null }]
    case "reasoning":
      return [{ type: "thinking", thinking: part.text, signature: part.proof ? sealProof(part.proof) : "" }]
    case "tool-call": {
      const call = { type: "tool_use", id: part.id, name: part.name, input: argumentsOf(part) }
      return part.proof ? [{ type: "thinking", thinking: "", signature: sealProof(part.proof, part.id) }, call] : [call]
    }
  }
}

/**
 * The input of a tool is an object in this dialect. Throws MODEL_ANSWER_INVALID where the model wrote something else: an
 * empty object in its place would run the tool with what nobody asked for.
 */
export function argumentsOf({ name, arguments: text }: { readonly name: string; readonly arguments: string }): object {
  if (text.trim() === "") return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below, with the same words for text that is no JSON and JSON that is no object.
  }
  throw new ModelError({
    fault: "MODEL_ANSWER_INVALID",
    message: `The model called the tool ${name} with arguments that are not a JSON object.`,
    hint: "Send the request again.",
  })
}

/** `input_tokens` is only what neither came from the cache nor went into it. */
export function messagesUsage({
  inputTokens,
  cachedInputTokens,
  cacheWriteTokens,
  outputTokens,
  reasoningTokens,
}: Usage) {
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
  }
}
