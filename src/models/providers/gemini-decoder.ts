import { newId } from "../../base/ids.ts"
import type { Finish, ModelRequest, Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { estimatedUsage } from "./estimated-usage.ts"
import { asObject, defined, listAt, numberAt, objectAt, textAt } from "./fields.ts"

/** The safety rules of the vendor stopped the answer. */
const refusals = new Set([
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
])

/** Reads a stream of `GenerateContentResponse` (https://ai.google.dev/api/generate-content). */
export function geminiDecoder(context: DecoderContext, request: ModelRequest): Decoder {
  let hasStarted = false
  let isThinking = false
  let calls = 0
  let text = ""
  let reasoning = ""
  let reason: string | undefined
  let usage: Usage | undefined

  function endThought(emit: Emit, signature?: string) {
    if (!isThinking && signature === undefined) return
    isThinking = false
    emit({
      kind: "reasoning-end",
      ...(signature === undefined ? {} : { proof: { from: "gemini", data: { thoughtSignature: signature } } }),
    })
  }

  function readPart(part: JsonObject, emit: Emit) {
    const signature = textAt(part, "thoughtSignature")
    const call = objectAt(part, "functionCall")
    if (call) return readCall(call, signature, emit)
    const words = textAt(part, "text") ?? ""
    if (part.thought === true) {
      reasoning += words
      if (words !== "") {
        isThinking = true
        emit({ kind: "reasoning", text: words })
      }
    } else if (words !== "") {
      endThought(emit)
      text += words
      emit({ kind: "text", text: words })
    }
    if (signature !== undefined) endThought(emit, signature)
  }

  /** Calls come whole. */
  function readCall(call: JsonObject, signature: string | undefined, emit: Emit) {
    const name = textAt(call, "name")
    if (!name) throw context.invalid("sent a tool call without a name")
    endThought(emit)
    // Gemini can't be told to make one call at a time; what comes after the first is left for its next answer.
    if (request.parallelToolCalls === false && calls > 0) return
    const theirs = textAt(call, "id") || undefined
    const id = theirs ?? `call_${newId()}`
    const written = JSON.stringify(objectAt(call, "args") ?? {})
    text += name + written
    const index = calls++
    const data = defined({ id: theirs, thoughtSignature: signature })
    emit({ kind: "tool-delta", index, id, name, text: written })
    emit({
      kind: "tool-call",
      index,
      id,
      name,
      arguments: written,
      ...(Object.keys(data).length > 0 ? { proof: { from: "gemini", data } } : {}),
    })
  }

  const refused = (why: string) =>
    context.fault({ error: { type: "content_filter", message: `blocked by its safety rules (${why})` } })

  function finishNow(): Finish | undefined {
    const hasSaid = text !== ""
    switch (reason) {
      case undefined:
        return undefined
      case "STOP":
        return calls > 0 ? "tool-calls" : "stop"
      case "MAX_TOKENS":
        return "length"
      default:
        if (refusals.has(reason)) {
          // With nothing given another provider can still answer.
          if (!hasSaid) throw refused(reason)
          return "refused"
        }
        // MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, OTHER: no answer, or half of one.
        if (!hasSaid) throw context.invalid(`stopped without an answer (${reason})`)
        return calls > 0 ? "tool-calls" : "stop"
    }
  }

  return {
    read(value, emit) {
      if (value.error !== undefined && value.error !== null) throw context.fault(value)
      if (!hasStarted) {
        hasStarted = true
        emit({ kind: "start", provider: context.provider, model: context.model, id: textAt(value, "responseId") })
      }
      const blocked = textAt(objectAt(value, "promptFeedback") ?? {}, "blockReason")
      if (blocked !== undefined) throw refused(blocked)
      const counts = objectAt(value, "usageMetadata")
      if (counts) usage = usageOf(counts) ?? usage
      const candidate = asObject(listAt(value, "candidates")[0])
      if (!candidate) return
      for (const part of listAt(objectAt(candidate, "content") ?? {}, "parts")) readPart(asObject(part) ?? {}, emit)
      reason = textAt(candidate, "finishReason") ?? reason
    },
    // The last words may come after the reason, so the end is the end of the body.
    finish(emit) {
      const finish = finishNow()
      if (finish === undefined) return
      endThought(emit)
      emit({ kind: "end", finish, usage: usage ?? estimatedUsage(request, { text, reasoning }) })
    },
  }
}

/** What was read from the cache is part of the prompt's count; what was thought is beside the answer's. */
function usageOf(counts: JsonObject): Usage | undefined {
  const prompt = numberAt(counts, "promptTokenCount")
  if (prompt === undefined) return undefined
  const reasoningTokens = numberAt(counts, "thoughtsTokenCount") ?? 0
  return {
    inputTokens: prompt + (numberAt(counts, "toolUsePromptTokenCount") ?? 0),
    cachedInputTokens: numberAt(counts, "cachedContentTokenCount") ?? 0,
    cacheWriteTokens: 0,
    outputTokens: (numberAt(counts, "candidatesTokenCount") ?? 0) + reasoningTokens,
    reasoningTokens,
    isEstimated: false,
  }
}
