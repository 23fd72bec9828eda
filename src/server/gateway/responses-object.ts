import type { DuckError } from "../../base/errors.ts"
import type { Finish, Usage } from "../../models/model.ts"
import type { Answer } from "./answer.ts"
import { sayingWhatNext } from "./client-error.ts"
import { openAiCode } from "./openai-errors.ts"
import { cachedDetails, reasoningDetails } from "./openai-shapes.ts"
import { freeTextOf, type ToolNames } from "./responses-tools.ts"
import { sealProof } from "./sealed-proof.ts"

export interface ResponseFacts {
  readonly id: string
  /** Seconds since the epoch. */
  readonly createdAt: number
  readonly names: ToolNames
  /** What the client asked for, said back. Not its instructions and tools: they would go over the wire three times. */
  readonly echo: Readonly<Record<string, unknown>>
}

export type OutputItem = Readonly<Record<string, unknown>>

interface ResponseState {
  readonly model: string
  readonly status: "in_progress" | "completed" | "incomplete" | "failed"
  readonly output: readonly OutputItem[]
  readonly reason?: "max_output_tokens" | "content_filter" | undefined
  readonly error?: DuckError
  readonly usage?: Usage
}

/** A `response`. */
export function responseObject(
  { id, createdAt, echo }: ResponseFacts,
  { model, status, output, reason, error, usage }: ResponseState,
) {
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: createdAt,
    status,
    background: false,
    error: error ? { code: openAiCode(error), message: sayingWhatNext(error) } : null,
    incomplete_details: reason ? { reason } : null,
    instructions: null,
    model,
    output,
    previous_response_id: null,
    store: false,
    tools: [],
    truncation: "disabled",
    usage: usage ? responseUsage(usage) : null,
    ...echo,
  }
}

export function ending(finish: Finish): Pick<ResponseState, "status" | "reason"> {
  if (finish === "length") return { status: "incomplete", reason: "max_output_tokens" }
  if (finish === "refused") return { status: "incomplete", reason: "content_filter" }
  return { status: "completed" }
}

export function wholeResponse({ model, parts, finish, usage }: Answer, facts: ResponseFacts) {
  const output: OutputItem[] = []
  const next = () => output.length
  for (const part of parts) {
    if (part.kind === "text") output.push(messageItem(itemId("msg", facts, next()), part.text))
    else if (part.kind === "reasoning") {
      output.push(reasoningItem(itemId("rs", facts, next()), part.text, part.proof && sealProof(part.proof)))
    } else {
      if (part.proof) output.push(reasoningItem(itemId("rs", facts, next()), "", sealProof(part.proof, part.id)))
      output.push(callItem(itemId("fc", facts, next()), part, facts.names))
    }
  }
  return responseObject(facts, { model, output, usage, ...ending(finish) })
}

export const itemId = (prefix: "msg" | "rs" | "fc", { id }: ResponseFacts, index: number) => `${prefix}_${id}_${index}`

export const textContent = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] })

export const messageItem = (id: string, text: string): OutputItem => ({
  id,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [textContent(text)],
})

export const reasoningItem = (id: string, text: string, encrypted: string | undefined): OutputItem => ({
  id,
  type: "reasoning",
  summary: text === "" ? [] : [{ type: "summary_text", text }],
  ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
})

/** A call of a function, or of a tool that takes free text. */
export function callItem(
  id: string,
  call: { readonly id: string; readonly name: string; readonly arguments: string },
  names: ToolNames,
): OutputItem {
  const { name, namespace, isCustom } = names.outer(call.name)
  const shared = { id, status: "completed", call_id: call.id, name, ...(namespace === undefined ? {} : { namespace }) }
  return isCustom
    ? { ...shared, type: "custom_tool_call", input: freeTextOf(call.arguments) }
    : { ...shared, type: "function_call", arguments: call.arguments }
}

function responseUsage(usage: Usage) {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: cachedDetails(usage),
    output_tokens: usage.outputTokens,
    output_tokens_details: reasoningDetails(usage),
    total_tokens: usage.inputTokens + usage.outputTokens,
  }
}
