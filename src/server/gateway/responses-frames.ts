import type { DuckError } from "../../base/errors.ts"
import type { ModelEvent } from "../../models/model.ts"
import { nameOf } from "./answer.ts"
import type { Frames } from "./dialect.ts"
import {
  callItem,
  ending,
  itemId,
  messageItem,
  type OutputItem,
  type ResponseFacts,
  reasoningItem,
  responseObject,
  textContent,
} from "./responses-object.ts"
import { sealProof } from "./sealed-proof.ts"

/**
 * The events of a streamed response: items one after the other, each added, filled and done. What stands around a
 * delta's text is made once for its item; only the sequence number, which comes last, changes. A tool call is sent when
 * it is whole: see docs/decisions/085.
 */
export function responsesFrames(facts: ResponseFacts): Frames {
  const output: OutputItem[] = []
  let model = ""
  let sequence = 0
  let open: { readonly kind: "text" | "reasoning"; readonly id: string; readonly before: string } | undefined
  let text = ""

  const frame = (type: string, rest: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...rest, sequence_number: sequence++ })}\n\n`
  const at = () => ({ output_index: output.length })
  const added = (item: object) => frame("response.output_item.added", { ...at(), item })
  const done = (item: OutputItem) => {
    const closing = frame("response.output_item.done", { ...at(), item })
    output.push(item)
    return closing
  }

  const enterText = (): string => {
    const id = itemId("msg", facts, output.length)
    const place = { item_id: id, ...at(), content_index: 0 }
    open = { kind: "text", id, before: deltaStart("response.output_text.delta", { ...place, logprobs: [] }) }
    return (
      added({ id, type: "message", role: "assistant", status: "in_progress", content: [] }) +
      frame("response.content_part.added", { ...place, part: textContent("") })
    )
  }
  const enterReasoning = (): string => {
    const id = itemId("rs", facts, output.length)
    const place = { item_id: id, ...at(), summary_index: 0 }
    open = { kind: "reasoning", id, before: deltaStart("response.reasoning_summary_text.delta", place) }
    return (
      added({ id, type: "reasoning", summary: [] }) +
      frame("response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } })
    )
  }
  const close = (encrypted?: string): string => {
    if (!open) return ""
    const { kind, id } = open
    const told = text
    open = undefined
    text = ""
    if (kind === "text") {
      const place = { item_id: id, ...at(), content_index: 0 }
      return (
        frame("response.output_text.done", { ...place, text: told, logprobs: [] }) +
        frame("response.content_part.done", { ...place, part: textContent(told) }) +
        done(messageItem(id, told))
      )
    }
    const place = { item_id: id, ...at(), summary_index: 0 }
    return (
      frame("response.reasoning_summary_text.done", { ...place, text: told }) +
      frame("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text: told } }) +
      done(reasoningItem(id, told, encrypted))
    )
  }
  /** A thought of which nothing was told, only its proof. */
  const silentThought = (encrypted: string): string => {
    const id = itemId("rs", facts, output.length)
    return added({ id, type: "reasoning", summary: [] }) + done(reasoningItem(id, "", encrypted))
  }
  const delta = (kind: "text" | "reasoning", piece: string): string => {
    const entering = open?.kind === kind ? "" : close() + (kind === "text" ? enterText() : enterReasoning())
    text += piece
    return `${entering}${open?.before}${JSON.stringify(piece)},"sequence_number":${sequence++}}\n\n`
  }
  const call = (event: ModelEvent & { kind: "tool-call" }): string => {
    const id = itemId("fc", facts, output.length)
    const item = callItem(id, event, facts.names)
    const [field, type] =
      item.type === "custom_tool_call"
        ? (["input", "response.custom_tool_call_input"] as const)
        : (["arguments", "response.function_call_arguments"] as const)
    const place = { item_id: id, ...at() }
    return (
      added({ ...item, status: "in_progress", [field]: "" }) +
      frame(`${type}.delta`, { ...place, delta: item[field] }) +
      frame(`${type}.done`, { ...place, [field]: item[field], ...(field === "arguments" ? { name: item.name } : {}) }) +
      done(item)
    )
  }

  return {
    of(event: ModelEvent): string {
      switch (event.kind) {
        case "text":
          return delta("text", event.text)
        case "reasoning":
          return delta("reasoning", event.text)
        case "start": {
          model = nameOf(event)
          const response = responseObject(facts, { model, status: "in_progress", output })
          return frame("response.created", { response }) + frame("response.in_progress", { response })
        }
        case "reasoning-end": {
          const encrypted = event.proof && sealProof(event.proof)
          if (open?.kind === "reasoning") return close(encrypted)
          return encrypted === undefined ? "" : close() + silentThought(encrypted)
        }
        case "tool-delta":
          return ""
        case "tool-call": {
          const closing = close()
          const carrier = event.proof ? silentThought(sealProof(event.proof, event.id)) : ""
          return closing + carrier + call(event)
        }
        case "restart":
          model = nameOf(event)
          return open?.kind === "reasoning" ? close() : ""
        case "end": {
          const closing = close()
          const end = ending(event.finish)
          const response = responseObject(facts, { model, output, usage: event.usage, ...end })
          return closing + frame(`response.${end.status}`, { response })
        }
      }
    },
    failed(error: DuckError): string {
      return frame("response.failed", { response: responseObject(facts, { model, status: "failed", output, error }) })
    },
  }
}

/** All of a delta's event that comes before its text. */
function deltaStart(type: string, rest: object): string {
  const known = JSON.stringify({ type, ...rest })
  return `event: ${type}\ndata: ${known.slice(0, -1)},"delta":`
}
