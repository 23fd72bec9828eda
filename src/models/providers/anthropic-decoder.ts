import type { Finish, ReasoningProof, Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { numberAt, objectAt, textAt } from "./fields.ts"

/** A block of the answer that is being written. */
interface OpenBlock {
  readonly type: string
  /** Of the tool call: its place among the calls, its id and name. */
  readonly call: number
  readonly id: string
  readonly name: string
  /** Of a tool call its arguments, of a thought its signature. */
  text: string
}

/** Reads a stream of messages (https://platform.claude.com/docs/en/build-with-claude/streaming). */
export function anthropicDecoder(context: DecoderContext): Decoder {
  const blocks = new Map<number, OpenBlock>()
  const unsure: { readonly index: number; readonly id: string; readonly name: string; readonly arguments: string }[] =
    []
  let calls = 0
  let finish: Finish | undefined
  let counts: JsonObject = {}
  let hasStarted = false
  let hasEnded = false

  function start(id: string | undefined, emit: Emit) {
    if (hasStarted) return
    hasStarted = true
    emit({ kind: "start", provider: context.provider, model: context.model, id })
  }

  function openBlock(index: number, content: JsonObject, emit: Emit) {
    start(undefined, emit)
    const type = textAt(content, "type") ?? ""
    const isCall = type === "tool_use"
    const block: OpenBlock = {
      type,
      call: isCall ? calls++ : -1,
      id: textAt(content, "id") ?? "",
      name: textAt(content, "name") ?? "",
      text: type === "thinking" ? (textAt(content, "signature") ?? "") : "",
    }
    blocks.set(index, block)
    if (isCall && block.name === "") throw context.invalid("sent a tool call without a name")
    if (isCall) emit({ kind: "tool-delta", index: block.call, id: block.id, name: block.name, text: "" })
    if (type === "text") emitText(textAt(content, "text"), emit)
    if (type === "thinking") emitThought(textAt(content, "thinking"), emit)
    if (type === "redacted_thinking") {
      emit({ kind: "reasoning-end", proof: proofOf({ type, data: textAt(content, "data") ?? "" }) })
    }
  }

  function readDelta(block: OpenBlock, delta: JsonObject, emit: Emit) {
    switch (textAt(delta, "type")) {
      case "text_delta":
        return emitText(textAt(delta, "text"), emit)
      case "thinking_delta":
        return emitThought(textAt(delta, "thinking"), emit)
      case "signature_delta":
        block.text += textAt(delta, "signature") ?? ""
        return
      case "input_json_delta": {
        const text = textAt(delta, "partial_json") ?? ""
        block.text += text
        if (text !== "" && block.call >= 0) {
          emit({ kind: "tool-delta", index: block.call, id: block.id, name: block.name, text })
        }
        return
      }
      default:
      // Citations, and what is invented after us.
    }
  }

  function closeBlock({ type, call, id, name, text }: OpenBlock, emit: Emit) {
    if (type === "thinking") emit({ kind: "reasoning-end", proof: proofOf({ type, signature: text }) })
    if (call < 0) return
    const whole = { index: call, id, name, arguments: text.trim() === "" ? "{}" : text }
    // What is no JSON may have been cut off by the limit: that is known only at the end.
    if (isJson(whole.arguments)) emit({ kind: "tool-call", ...whole })
    else unsure.push(whole)
  }

  function end(emit: Emit) {
    if (finish === undefined || hasEnded) return
    start(undefined, emit)
    hasEnded = true
    if (finish === "stop" || finish === "tool-calls") for (const call of unsure) emit({ kind: "tool-call", ...call })
    emit({ kind: "end", finish, usage: usageOf(counts) })
  }

  return {
    read(value, emit) {
      switch (textAt(value, "type")) {
        case "message_start": {
          const message = objectAt(value, "message") ?? {}
          counts = objectAt(message, "usage") ?? {}
          return start(textAt(message, "id"), emit)
        }
        case "content_block_start":
          return openBlock(numberAt(value, "index") ?? 0, objectAt(value, "content_block") ?? {}, emit)
        case "content_block_delta": {
          const block = blocks.get(numberAt(value, "index") ?? 0)
          if (block) readDelta(block, objectAt(value, "delta") ?? {}, emit)
          return
        }
        case "content_block_stop": {
          const index = numberAt(value, "index") ?? 0
          const block = blocks.get(index)
          blocks.delete(index)
          if (block) closeBlock(block, emit)
          return
        }
        case "message_delta": {
          counts = laterCounts(counts, objectAt(value, "usage") ?? {})
          const reason = textAt(objectAt(value, "delta") ?? {}, "stop_reason")
          if (reason !== undefined) finish = finishOf(reason)
          return
        }
        case "message_stop":
          return end(emit)
        case "error":
          throw context.fault(value)
        default:
        // `ping`, and what is invented after us.
      }
    },
    // Servers like Anthropic's may leave out the last event.
    finish: (emit) => end(emit),
  }
}

function emitText(text: string | undefined, emit: Emit) {
  if (text) emit({ kind: "text", text })
}

function emitThought(text: string | undefined, emit: Emit) {
  if (text) emit({ kind: "reasoning", text })
}

const proofOf = (data: JsonObject): ReasoningProof => ({ from: "anthropic", data })

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
function finishOf(reason: string): Finish {
  switch (reason) {
    case "tool_use":
      return "tool-calls"
    case "refusal":
      return "refused"
    case "max_tokens":
    case "model_context_window_exceeded":
    // The vendor's own tools took long; the answer goes on when it is asked again.
    case "pause_turn":
      return "length"
    default:
      return "stop"
  }
}

/** Counts only grow; what is left out, given as null, or as nothing by a server in between, stays as it was. */
function laterCounts(counts: JsonObject, later: JsonObject): JsonObject {
  const known = Object.entries(later).filter(([, count]) => count !== null)
  const grown = known.map(([name, count]) => {
    const before = numberAt(counts, name)
    return [name, typeof count === "number" && before !== undefined ? Math.max(before, count) : count]
  })
  return { ...counts, ...Object.fromEntries(grown) }
}

/** The vendor counts what the cache gave and took beside `input_tokens`, not in it. */
function usageOf(counts: JsonObject): Usage {
  const cachedInputTokens = numberAt(counts, "cache_read_input_tokens") ?? 0
  const cacheWriteTokens = numberAt(counts, "cache_creation_input_tokens") ?? 0
  const plain = numberAt(counts, "input_tokens") ?? 0
  const long = numberAt(objectAt(counts, "cache_creation") ?? {}, "ephemeral_1h_input_tokens")
  return {
    inputTokens: plain + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    ...(long ? { longCacheWriteTokens: long } : {}),
    outputTokens: numberAt(counts, "output_tokens") ?? 0,
    reasoningTokens: numberAt(objectAt(counts, "output_tokens_details") ?? {}, "thinking_tokens") ?? 0,
    isEstimated: false,
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
