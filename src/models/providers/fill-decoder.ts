import { type Finish, type ModelRequest, noUsage, type Usage } from "../model.ts"
import type { Decoder, DecoderContext, Emit, JsonObject } from "../wire/decoder.ts"
import { estimatedUsage } from "./estimated-usage.ts"
import { asObject, listAt, numberAt, objectAt, textAt } from "./fields.ts"

/** What a chunk of plain text, asked for without a conversation, says. */
interface Chunk {
  readonly text: string
  /** Why it is over; undefined while it is not. */
  readonly finish: string | undefined
  readonly usage: Pick<Usage, "inputTokens" | "outputTokens"> | undefined
}

/** `/completions` of OpenAI's kind. */
export function completionChunk(value: JsonObject): Chunk {
  const choice = asObject(listAt(value, "choices")[0]) ?? {}
  const usage = objectAt(value, "usage") ?? {}
  return {
    text: textAt(choice, "text") ?? "",
    finish: textAt(choice, "finish_reason") || undefined,
    usage: counts(numberAt(usage, "prompt_tokens"), numberAt(usage, "completion_tokens")),
  }
}

/** Ollama's `/api/generate`. */
export const generateChunk = (value: JsonObject): Chunk => ({
  text: textAt(value, "response") ?? "",
  finish: value.done === true ? textAt(value, "done_reason") || "stop" : undefined,
  usage: counts(numberAt(value, "prompt_eval_count"), numberAt(value, "eval_count")),
})

const counts = (inputTokens: number | undefined, outputTokens: number | undefined) =>
  inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens }

/** Reads a stream of such chunks. The end is told when the stream is over: counts may come after the last text. */
export function fillDecoder(
  context: DecoderContext,
  request: ModelRequest,
  read: (value: JsonObject) => Chunk,
): Decoder {
  let hasStarted = false
  let text = ""
  let finish: Finish | undefined
  let usage: Chunk["usage"]
  let isOver = false
  const end = (emit: Emit) => {
    if (isOver || finish === undefined) return
    isOver = true
    const used = usage ? { ...noUsage, ...usage } : estimatedUsage(request, { text, reasoning: "" })
    emit({ kind: "end", finish, usage: used })
  }
  return {
    read(value, emit) {
      if (value.error !== undefined) throw context.fault(value)
      if (!hasStarted) {
        hasStarted = true
        emit({ kind: "start", provider: context.provider, model: context.model })
      }
      const chunk = read(value)
      if (chunk.text !== "") {
        text += chunk.text
        emit({ kind: "text", text: chunk.text })
      }
      usage = chunk.usage ?? usage
      if (chunk.finish !== undefined) finish = chunk.finish === "length" ? "length" : "stop"
      // Ollama's last line is the end of all.
      if (value.done === true) end(emit)
    },
    finish: (emit) => end(emit),
  }
}
