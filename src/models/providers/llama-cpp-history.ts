import { ModelError } from "../errors.ts"
import type { ModelRequest, ToolResultPart } from "../model.ts"
import type { ChatFunctionCall, ChatHistoryItem } from "./llama-cpp-library.ts"

/**
 * Messages as the library has them: a call and its result are one thing in the model's turn, and the last turn is the
 * model's, still empty. Throws ModelError MODEL_REQUEST_INVALID for images, which it can't see.
 */
export function llamaHistory({ messages, model }: ModelRequest): readonly ChatHistoryItem[] {
  const results = resultsOf(messages)
  const history: ChatHistoryItem[] = []
  for (const { role, parts } of messages) {
    if (parts.some((part) => part.kind === "image")) throw noImages(model)
    const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n")
    if (role === "assistant") {
      const response = parts.flatMap((part): (string | ChatFunctionCall)[] => {
        if (part.kind === "text") return [part.text]
        if (part.kind !== "tool-call") return []
        return [
          {
            type: "functionCall",
            name: part.name,
            params: paramsOf(part.arguments),
            result: results.get(part.id) ?? "",
          },
        ]
      })
      history.push({ type: "model", response })
    } else if (role !== "tool") history.push({ type: role, text })
  }
  return history.at(-1)?.type === "model" ? history : [...history, { type: "model", response: [] }]
}

/** Tools that may be called: none, one or all. The library can't be told that one must be. */
export function llamaFunctions({ tools, toolChoice }: ModelRequest) {
  if (!tools?.length || toolChoice === "none") return undefined
  const offered = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.name) : tools
  return Object.fromEntries(
    offered.map(({ name, description, parameters }) => [
      name,
      { ...(description === undefined ? {} : { description }), params: parameters },
    ]),
  )
}

function resultsOf(messages: ModelRequest["messages"]): ReadonlyMap<string, string> {
  const results = messages.flatMap(({ parts }) => parts.filter((part) => part.kind === "tool-result"))
  return new Map(results.map((result) => [result.callId, wordsOf(result)]))
}

function wordsOf({ content, isError }: ToolResultPart): string {
  const words = content.map((part) => (part.kind === "text" ? part.text : "[an image]")).join("\n")
  return isError ? `Error: ${words}` : words
}

function paramsOf(argumentsText: string): unknown {
  try {
    return JSON.parse(argumentsText)
  } catch {
    return { invalid_json: argumentsText }
  }
}

const noImages = (model: string) =>
  new ModelError({
    fault: "MODEL_REQUEST_INVALID",
    message: `The embedded model ${model} takes no images.`,
    hint: "Ask without the image, or take a model that sees.",
    model,
  })
