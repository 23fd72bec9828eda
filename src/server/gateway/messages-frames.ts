import type { DuckError } from "../../base/errors.ts"
import { type ModelEvent, noUsage, type ReasoningProof } from "../../models/model.ts"
import { nameOf } from "./answer.ts"
import { anthropicErrors } from "./anthropic-errors.ts"
import type { Frames } from "./dialect.ts"
import { argumentsOf, messagesUsage, stopReasons } from "./messages-answer.ts"
import { sealProof } from "./sealed-proof.ts"

/**
 * The events of a streamed message: one block after the other, each with start, deltas and stop. What stands around a
 * delta's text is made once for its block. A tool call is sent when it is whole: see docs/decisions/085.
 */
export function messagesFrames(id: string): Frames {
  let open: "text" | "thinking" | undefined
  let index = -1
  let before = ""

  const start = (block: object) => {
    index += 1
    return frame("content_block_start", { index, content_block: block })
  }
  const delta = (value: object) => frame("content_block_delta", { index, delta: value })
  const stop = () => `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`
  const close = () => {
    if (open === undefined) return ""
    open = undefined
    return stop()
  }
  const enter = (kind: "text" | "thinking"): string => {
    if (open === kind) return ""
    const closing = close()
    const starting = start(
      kind === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" },
    )
    open = kind
    const field = kind === "text" ? '"text_delta","text"' : '"thinking_delta","thinking"'
    before = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":${field}:`
    return closing + starting
  }
  const signed = (proof: ReasoningProof, callId?: string) =>
    enter("thinking") + delta({ type: "signature_delta", signature: sealProof(proof, callId) }) + close()

  return {
    of(event: ModelEvent): string {
      switch (event.kind) {
        case "text":
          return `${open === "text" ? "" : enter("text")}${before}${JSON.stringify(event.text)}}}\n\n`
        case "reasoning":
          return `${open === "thinking" ? "" : enter("thinking")}${before}${JSON.stringify(event.text)}}}\n\n`
        case "start":
          return frame("message_start", {
            message: {
              id,
              type: "message",
              role: "assistant",
              model: nameOf(event),
              content: [],
              stop_reason: null,
              stop_sequence: null,
              // What the prompt took is known at the end, and said there.
              usage: messagesUsage(noUsage),
            },
          })
        case "reasoning-end":
          return event.proof ? signed(event.proof) : open === "thinking" ? close() : ""
        case "tool-delta":
          return ""
        case "tool-call": {
          argumentsOf(event)
          const { name, proof } = event
          const carrier = close() + (proof ? signed(proof, event.id) : "")
          const started = start({ type: "tool_use", id: event.id, name, input: {} })
          const input = delta({ type: "input_json_delta", partial_json: event.arguments.trim() || "{}" })
          return carrier + started + input + stop()
        }
        case "restart":
          // An unsigned thought is void: providers that need the signature leave it out.
          return open === "thinking" ? close() : ""
        case "end": {
          const last = {
            delta: { stop_reason: stopReasons[event.finish], stop_sequence: null },
            usage: messagesUsage(event.usage),
          }
          return `${close()}${frame("message_delta", last)}event: message_stop\ndata: {"type":"message_stop"}\n\n`
        }
      }
    },
    failed: (error: DuckError) => `event: error\ndata: ${JSON.stringify(anthropicErrors.body(error, id))}\n\n`,
  }
}

const frame = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
