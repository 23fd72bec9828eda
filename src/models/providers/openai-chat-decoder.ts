import { newId } from "../../base/ids.ts"
import type { Finish, ModelRequest, Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { estimatedUsage } from "./estimated-usage.ts"
import { asObject, listAt, numberAt, objectAt, textAt } from "./fields.ts"

interface CallInWriting {
  readonly index: number
  id: string
  name: string
  arguments: string
}

/**
 * Reads a stream of chat completions (https://platform.openai.com/docs/api-reference/chat-streaming), and what servers
 * like it make of that: thoughts in `reasoning_content` or `reasoning`, tool calls without ids or indexes, a whole
 * message instead of a delta, usage in the last chunk or none, errors inside the stream, no `[DONE]`.
 * `request` is there for the usage that a server does not tell.
 */
export function chatDecoder(context: DecoderContext, request: ModelRequest): Decoder {
  const calls: CallInWriting[] = []
  let hasStarted = false
  let text = ""
  let reasoning = ""
  /** The field that the thought being told comes in. */
  let thoughtField: string | undefined
  const thoughtDetails: JsonObject[] = []
  let finish: Finish | undefined
  let usage: Usage | undefined

  function endThought(emit: Emit) {
    if (thoughtField === undefined) return
    const details = thoughtDetails.splice(0)
    const data = details.length > 0 ? { details } : { field: thoughtField }
    thoughtField = undefined
    emit({ kind: "reasoning-end", proof: { from: "openai-chat", data } })
  }

  function readThought(delta: JsonObject, emit: Emit) {
    const field = typeof delta.reasoning_content === "string" ? "reasoning_content" : "reasoning"
    const thought = delta[field]
    const details = delta.reasoning_details
    if (Array.isArray(details) && details.length > 0) {
      thoughtField ??= field
      for (const detail of details) mergeDetail(thoughtDetails, asObject(detail))
    }
    if (typeof thought !== "string" || thought === "") return
    thoughtField ??= field
    reasoning += thought
    emit({ kind: "reasoning", text: thought })
  }

  function readText(part: string, emit: Emit) {
    endThought(emit)
    text += part
    emit({ kind: "text", text: part })
  }

  function readCall(delta: JsonObject, emit: Emit) {
    const fn = objectAt(delta, "function") ?? delta
    const name = textAt(fn, "name") ?? ""
    const id = textAt(delta, "id") ?? ""
    const written = argumentsOf(fn.arguments)
    const call = callOf(delta.index, id, name)
    if (call.id === "") call.id = id || `call_${newId()}`
    if (call.name === "") call.name = name
    call.arguments += written
    emit({ kind: "tool-delta", index: call.index, id: call.id, name: call.name, text: written })
  }

  /** By index; without one, or where a server gives every call the same, a new id or name begins a new call. */
  function callOf(index: unknown, id: string, name: string): CallInWriting {
    const known = typeof index === "number" ? calls.findLast((call) => call.index === index) : calls.at(-1)
    const isOther = known !== undefined && name !== "" && id !== "" && id !== known.id
    const isWhole = known !== undefined && typeof index !== "number" && name !== ""
    if (known && !isOther && !isWhole) return known
    const isTaken = typeof index !== "number" || known !== undefined
    const call = { index: isTaken ? calls.length : index, id: "", name: "", arguments: "" }
    calls.push(call)
    return call
  }

  function endCalls(emit: Emit) {
    for (const call of calls) {
      if (call.name === "") throw context.invalid("sent a tool call without a name")
      // Cut off by the output limit: nothing to act on.
      if ((finish === "length" || finish === "refused") && !isJson(call.arguments)) continue
      emit({
        kind: "tool-call",
        index: call.index,
        id: call.id,
        name: call.name,
        arguments: call.arguments.trim() === "" ? "{}" : call.arguments,
      })
    }
  }

  return {
    read(value, emit) {
      if (value.error !== undefined && value.error !== null) throw context.fault(value)
      if (!hasStarted) {
        hasStarted = true
        emit({ kind: "start", provider: context.provider, model: context.model, id: textAt(value, "id") })
      }
      const counts = objectAt(value, "usage") ?? objectAt(objectAt(value, "x_groq") ?? {}, "usage")
      if (counts) usage = usageOf(counts) ?? usage
      for (const item of listAt(value, "choices")) {
        const choice = asObject(item)
        if (!choice || (numberAt(choice, "index") ?? 0) !== 0) continue
        const delta = objectAt(choice, "delta") ?? objectAt(choice, "message")
        if (delta) {
          readThought(delta, emit)
          const content = contentOf(delta.content)
          if (content !== "") readText(content, emit)
          if (typeof delta.refusal === "string" && delta.refusal !== "") {
            finish = "refused"
            readText(delta.refusal, emit)
          }
          if (Array.isArray(delta.tool_calls)) {
            endThought(emit)
            for (const call of delta.tool_calls) readCall(asObject(call) ?? {}, emit)
          }
        }
        const reason = textAt(choice, "finish_reason")
        if (reason === "error") throw context.fault(choice.error === undefined ? { error: "an error" } : choice)
        if (reason !== undefined && reason !== "" && finish !== "refused") finish = finishOf(reason)
      }
    },
    finish(emit, isSaid) {
      // A server that says that it is done needs no reason; one that has said nothing else has not answered.
      if (isSaid) finish ??= "stop"
      if (finish === undefined || !hasStarted) return
      endThought(emit)
      endCalls(emit)
      const isCalling = calls.length > 0 && finish === "stop"
      const written = { text: text + calls.map((call) => call.name + call.arguments).join(""), reasoning }
      emit({
        kind: "end",
        finish: isCalling ? "tool-calls" : finish,
        usage: usage ?? estimatedUsage(request, written),
      })
    },
  }
}

function finishOf(reason: string): Finish {
  switch (reason) {
    case "length":
    case "max_tokens":
      return "length"
    case "tool_calls":
    case "function_call":
      return "tool-calls"
    case "content_filter":
      return "refused"
    default:
      return "stop"
  }
}

/** https://platform.openai.com/docs/api-reference/chat/object; DeepSeek and OpenRouter name the cache in their own way. */
function usageOf(counts: JsonObject): Usage | undefined {
  const inputTokens = numberAt(counts, "prompt_tokens")
  if (inputTokens === undefined) return undefined
  const input = objectAt(counts, "prompt_tokens_details") ?? {}
  const output = objectAt(counts, "completion_tokens_details") ?? {}
  return {
    inputTokens,
    cachedInputTokens: numberAt(input, "cached_tokens") ?? numberAt(counts, "prompt_cache_hit_tokens") ?? 0,
    cacheWriteTokens: numberAt(input, "cache_write_tokens") ?? 0,
    outputTokens: numberAt(counts, "completion_tokens") ?? 0,
    reasoningTokens: numberAt(output, "reasoning_tokens") ?? 0,
    isEstimated: false,
  }
}

/** Text, or a list of parts of which the text counts (Mistral). */
function contentOf(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map((part) => textAt(asObject(part) ?? {}, "text") ?? "").join("")
}

/** Text as the API says; some servers send the object itself. */
function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value
  return value === undefined || value === null ? "" : JSON.stringify(value)
}

/** OpenRouter's details come in pieces; pieces of one kind and index are one. */
function mergeDetail(details: JsonObject[], piece: JsonObject | undefined) {
  if (!piece) return
  const last = details.at(-1)
  const isSame = last !== undefined && last.type === piece.type && last.index === piece.index
  if (!isSame) details.push(piece)
  else {
    const joined = ["text", "summary", "data"].flatMap((name) =>
      typeof last[name] === "string" && typeof piece[name] === "string" ? [[name, last[name] + piece[name]]] : [],
    )
    details[details.length - 1] = { ...last, ...piece, ...Object.fromEntries(joined) }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
