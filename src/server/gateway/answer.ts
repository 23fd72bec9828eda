import { ModelError } from "../../models/errors.ts"
import type { Finish, ModelEvent, ReasoningPart, TextPart, ToolCallPart, Usage } from "../../models/model.ts"

/** A model's answer, read to its end. */
export interface Answer {
  /** "provider/model", as it can be asked again; of the one that ended it. */
  readonly model: string
  readonly parts: readonly AnswerPart[]
  readonly finish: Finish
  readonly usage: Usage
}

export type AnswerPart = TextPart | ReasoningPart | ToolCallPart

/** Reads a stream to its end. Throws what it throws, and MODEL_STREAM_BROKEN where it stops without an end. */
export async function wholeAnswer(events: AsyncIterable<ModelEvent>): Promise<Answer> {
  const parts: AnswerPart[] = []
  let model = ""
  let text = ""
  let thought = ""
  const endText = () => {
    if (text !== "") parts.push({ kind: "text", text })
    text = ""
  }
  const endThought = (proof?: ReasoningPart["proof"]) => {
    if (thought !== "" || proof !== undefined) parts.push({ kind: "reasoning", text: thought, proof })
    thought = ""
  }
  for await (const event of events) {
    switch (event.kind) {
      case "start":
        model = nameOf(event)
        break
      case "text":
        endThought()
        text += event.text
        break
      case "reasoning":
        endText()
        thought += event.text
        break
      case "reasoning-end":
        endText()
        endThought(event.proof)
        break
      case "tool-delta":
        break
      case "tool-call": {
        endText()
        endThought()
        const { id, name, arguments: args, proof } = event
        parts.push({ kind: "tool-call", id, name, arguments: args, proof })
        break
      }
      case "restart":
        model = nameOf(event)
        thought = ""
        break
      case "end":
        endText()
        endThought()
        return { model, parts, finish: event.finish, usage: event.usage }
    }
  }
  throw brokenStream()
}

export const nameOf = ({ provider, model }: { provider: string; model: string }) => `${provider}/${model}`

export const brokenStream = () =>
  new ModelError({
    fault: "MODEL_STREAM_BROKEN",
    message: "The model's answer stopped before its end.",
    hint: "Send the request again.",
  })
