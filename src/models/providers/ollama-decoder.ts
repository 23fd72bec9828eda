import { newId } from "../../base/ids.ts"
import { estimateTokens } from "../../base/tokens.ts"
import { type Finish, type ModelRequest, noUsage, type Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { estimatedUsage } from "./estimated-usage.ts"
import { asObject, listAt, numberAt, objectAt, textAt } from "./fields.ts"

/** Reads the JSON lines of `/api/chat` (https://docs.ollama.com/api/streaming). Tool calls come whole. */
export function ollamaDecoder(context: DecoderContext, request: ModelRequest): Decoder {
  let hasStarted = false
  let isThinking = false
  let text = ""
  let thought = ""
  let calls = 0

  function endThought(emit: Emit) {
    if (!isThinking) return
    isThinking = false
    emit({ kind: "reasoning-end", proof: { from: "ollama", data: {} } })
  }

  function readCall(call: JsonObject, emit: Emit) {
    const fn = objectAt(call, "function") ?? {}
    const name = textAt(fn, "name")
    if (!name) throw context.invalid("sent a tool call without a name")
    const written = typeof fn.arguments === "string" ? fn.arguments : JSON.stringify(fn.arguments ?? {})
    const index = calls++
    const id = textAt(call, "id") || `call_${newId()}`
    text += name + written
    emit({ kind: "tool-delta", index, id, name, text: written })
    emit({ kind: "tool-call", index, id, name, arguments: written.trim() === "" ? "{}" : written })
  }

  return {
    read(value, emit) {
      if (value.error !== undefined) throw context.fault(value)
      if (!hasStarted) {
        hasStarted = true
        emit({ kind: "start", provider: context.provider, model: context.model })
      }
      const message = objectAt(value, "message") ?? {}
      const thinking = textAt(message, "thinking")
      if (thinking) {
        isThinking = true
        thought += thinking
        emit({ kind: "reasoning", text: thinking })
      }
      const content = textAt(message, "content")
      if (content) {
        endThought(emit)
        text += content
        emit({ kind: "text", text: content })
      }
      for (const call of listAt(message, "tool_calls")) {
        endThought(emit)
        readCall(asObject(call) ?? {}, emit)
      }
      if (value.done !== true) return
      endThought(emit)
      const finish: Finish = value.done_reason === "length" ? "length" : calls > 0 ? "tool-calls" : "stop"
      emit({ kind: "end", finish, usage: usageOf(value, request, { text, reasoning: thought }) })
    },
    // The last line says `done`; a body that is over before is a broken one.
    finish: () => {},
  }
}

/**
 * A prompt that was in the cache whole has no count in some versions. What was thought is never counted apart; its share
 * is an estimate.
 */
function usageOf(value: JsonObject, request: ModelRequest, written: { text: string; reasoning: string }): Usage {
  const inputTokens = numberAt(value, "prompt_eval_count")
  const outputTokens = numberAt(value, "eval_count")
  if (inputTokens === undefined || outputTokens === undefined) {
    const estimated = estimatedUsage(request, written)
    return {
      ...estimated,
      inputTokens: inputTokens ?? estimated.inputTokens,
      outputTokens: outputTokens ?? estimated.outputTokens,
    }
  }
  const reasoningTokens = Math.min(outputTokens, estimateTokens(written.reasoning))
  return { ...noUsage, inputTokens, outputTokens, reasoningTokens }
}
