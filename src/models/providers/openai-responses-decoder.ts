import type { Finish, ModelRequest, Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { estimatedUsage } from "./estimated-usage.ts"
import { asObject, listAt, numberAt, objectAt, textAt } from "./fields.ts"

interface CallItem {
  readonly index: number
  readonly id: string
  readonly name: string
  written: string
  isGiven: boolean
}

/**
 * Reads a stream of the responses API (https://platform.openai.com/docs/api-reference/responses-streaming). Text and
 * arguments come as deltas; an item's own end (`response.output_item.done`) is what makes a call or a thought whole.
 */
export function responsesDecoder(context: DecoderContext, request: ModelRequest): Decoder {
  /** By `output_index`: ids of items are not the same in all events of every server. */
  const calls = new Map<number, CallItem>()
  let hasStarted = false
  let isRefusal = false
  let text = ""
  let thought = ""
  /** Summaries have parts; a line between two of them. */
  let hasThought = false

  function start(response: JsonObject, emit: Emit) {
    if (hasStarted) return
    hasStarted = true
    emit({ kind: "start", provider: context.provider, model: context.model, id: textAt(response, "id") })
  }

  function think(words: string, emit: Emit) {
    if (words === "") return
    hasThought = true
    thought += words
    emit({ kind: "reasoning", text: words })
  }

  function callAt(value: JsonObject, item: JsonObject): CallItem {
    const at = numberAt(value, "output_index") ?? calls.size
    const known = calls.get(at)
    if (known) return known
    const id = textAt(item, "call_id") ?? textAt(item, "id")
    const name = textAt(item, "name")
    if (!id || !name) throw context.invalid("sent a function call without a name or an id")
    const call = { index: calls.size, id, name, written: "", isGiven: false }
    calls.set(at, call)
    return call
  }

  function endItem(value: JsonObject, item: JsonObject, emit: Emit) {
    if (item.type === "reasoning") {
      const encryptedContent = textAt(item, "encrypted_content")
      const data = { id: textAt(item, "id"), encryptedContent }
      hasThought = false
      emit({ kind: "reasoning-end", proof: encryptedContent === undefined ? undefined : { from: "openai", data } })
    } else if (item.type === "function_call") {
      const call = callAt(value, item)
      // Cut off by the output limit: nothing to act on.
      if (call.isGiven || item.status === "incomplete") return
      call.isGiven = true
      call.written = textAt(item, "arguments") ?? call.written
      const { index, id, name, written } = call
      emit({ kind: "tool-call", index, id, name, arguments: written.trim() === "" ? "{}" : written })
    } else if (item.type === "message" && text === "") {
      // A server that streams no deltas.
      for (const part of listAt(item, "content")) readWhole(asObject(part) ?? {}, emit)
    }
  }

  function readWhole(part: JsonObject, emit: Emit) {
    if (part.type === "refusal") isRefusal = true
    const words = textAt(part, part.type === "refusal" ? "refusal" : "text") ?? ""
    if (words === "") return
    text += words
    emit({ kind: "text", text: words })
  }

  function end(response: JsonObject, emit: Emit) {
    listAt(response, "output").forEach((item, at) => {
      const object = asObject(item)
      // Only what its own events did not give already.
      if (object?.type === "message" || object?.type === "function_call") endItem({ output_index: at }, object, emit)
    })
    const written = {
      text: text + [...calls.values()].map((call) => call.name + call.written).join(""),
      reasoning: thought,
    }
    const counts = objectAt(response, "usage")
    emit({
      kind: "end",
      finish: finishOf(response),
      usage: (counts && usageOf(counts)) ?? estimatedUsage(request, written),
    })
  }

  function finishOf(response: JsonObject): Finish {
    const reason = textAt(objectAt(response, "incomplete_details") ?? {}, "reason")
    if (reason === "content_filter" || isRefusal) return "refused"
    if (reason !== undefined || response.status === "incomplete") return "length"
    return [...calls.values()].some((call) => call.isGiven) ? "tool-calls" : "stop"
  }

  return {
    read(value, emit, name) {
      const response = objectAt(value, "response")
      const type = textAt(value, "type") ?? name
      if (type === "response.failed") throw context.fault(response ?? value)
      // In the form of the other API too.
      if (type === "error" || (value.error !== undefined && value.error !== null)) throw context.fault(value)
      start(response ?? value, emit)
      switch (type) {
        case "response.output_text.delta": {
          const words = textAt(value, "delta") ?? ""
          text += words
          if (words !== "") emit({ kind: "text", text: words })
          return
        }
        case "response.refusal.delta": {
          isRefusal = true
          const words = textAt(value, "delta") ?? ""
          text += words
          if (words !== "") emit({ kind: "text", text: words })
          return
        }
        case "response.reasoning_summary_part.added":
          return hasThought ? think("\n\n", emit) : undefined
        case "response.reasoning_summary_text.delta":
        case "response.reasoning_text.delta":
          return think(textAt(value, "delta") ?? "", emit)
        case "response.output_item.added": {
          const item = objectAt(value, "item")
          if (item?.type !== "function_call") return
          const { index, id, name: called } = callAt(value, item)
          emit({ kind: "tool-delta", index, id, name: called, text: "" })
          return
        }
        case "response.function_call_arguments.delta": {
          const call = calls.get(numberAt(value, "output_index") ?? -1)
          if (!call) throw context.invalid("sent arguments of a function call that it did not begin")
          const words = textAt(value, "delta") ?? ""
          call.written += words
          emit({ kind: "tool-delta", index: call.index, id: call.id, name: call.name, text: words })
          return
        }
        case "response.output_item.done": {
          const item = objectAt(value, "item")
          if (item) endItem(value, item, emit)
          return
        }
        case "response.completed":
        case "response.incomplete":
          return end(response ?? {}, emit)
        default:
          // One JSON instead of a stream.
          if (value.object === "response") end(value, emit)
      }
    },
    // The API ends with its own event; a body that is over before is a broken one.
    finish: () => {},
  }
}

function usageOf(counts: JsonObject): Usage | undefined {
  const inputTokens = numberAt(counts, "input_tokens")
  if (inputTokens === undefined) return undefined
  return {
    inputTokens,
    cachedInputTokens: numberAt(objectAt(counts, "input_tokens_details") ?? {}, "cached_tokens") ?? 0,
    cacheWriteTokens: 0,
    outputTokens: numberAt(counts, "output_tokens") ?? 0,
    reasoningTokens: numberAt(objectAt(counts, "output_tokens_details") ?? {}, "reasoning_tokens") ?? 0,
    isEstimated: false,
  }
}
