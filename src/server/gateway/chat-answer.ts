import type { Finish, ReasoningProof, Usage } from "../../models/model.ts"
import type { Answer } from "./answer.ts"
import { cachedDetails, reasoningDetails } from "./openai-shapes.ts"
import { sealProof } from "./sealed-proof.ts"

export interface ChatFacts {
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
}

export const finishReasons: Readonly<Record<Finish, string>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  refused: "content_filter",
}

/** A `chat.completion`. */
export function chatAnswer({ model, parts, finish, usage }: Answer, { id, created }: ChatFacts) {
  let content: string | null = null
  let thought = ""
  const calls = []
  const details = []
  for (const part of parts) {
    if (part.kind === "text") content = (content ?? "") + part.text
    else {
      if (part.kind === "reasoning") thought += part.text
      else calls.push({ id: part.id, type: "function", function: { name: part.name, arguments: part.arguments } })
      if (part.proof)
        details.push(part.kind === "reasoning" ? thoughtDetail(part.text, part.proof) : callDetail(part.id, part.proof))
    }
  }
  const message = {
    role: "assistant",
    content,
    refusal: null,
    ...(thought === "" ? {} : { reasoning_content: thought }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[finish] }],
    usage: chatUsage(usage),
  }
}

/** A thought with its proof: a proof belongs to exactly that text, so the joined `reasoning_content` is not enough. */
export const thoughtDetail = (text: string, proof: ReasoningProof) => ({
  type: "reasoning.encrypted",
  text,
  data: sealProof(proof),
})

export const callDetail = (callId: string, proof: ReasoningProof) => ({
  type: "reasoning.encrypted",
  text: "",
  data: sealProof(proof, callId),
})

export function chatUsage(usage: Usage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: cachedDetails(usage),
    completion_tokens_details: reasoningDetails(usage),
  }
}
