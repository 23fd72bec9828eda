import type { ImagePart, Message, ModelRequest, ReasoningPart, ToolResultPart } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { defined, textAt } from "./fields.ts"
import { imageUrl, resultText } from "./parts.ts"
import { isStrictSchema } from "./strict-schema.ts"

/**
 * The body of `POST /responses` (https://platform.openai.com/docs/api-reference/responses/create), streaming. Nothing is
 * stored at the provider: the whole conversation is sent each time, with the model's encrypted thoughts in it.
 */
export function responsesRequest(request: ModelRequest, refused: ReadonlySet<string>): JsonObject {
  const { reasoning, output, tools, toolChoice } = request
  const ours = defined({
    model: request.model,
    input: request.messages.flatMap(inputItems),
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    // The summary is all that is ever shown of what these models think.
    reasoning: reasoning?.effort && {
      effort: reasoning.effort,
      summary: reasoning.effort === "none" ? undefined : "auto",
    },
    text: output && {
      format: { type: "json_schema", name: output.name, schema: output.schema, strict: isStrictSchema(output.schema) },
    },
    tools: tools?.length
      ? tools.map(({ name, description, parameters, strict }) =>
          defined({ type: "function", name, description, parameters, strict: strict ?? false }),
        )
      : undefined,
    tool_choice: tools?.length
      ? typeof toolChoice === "object"
        ? { type: "function", name: toolChoice.name }
        : toolChoice
      : undefined,
    parallel_tool_calls: tools?.length ? request.parallelToolCalls : undefined,
    prompt_cache_key: request.attribution.session,
  })
  return Object.fromEntries(Object.entries({ ...request.extra, ...ours }).filter(([name]) => !refused.has(name)))
}

/** Fields that older models or servers like OpenAI's don't take and that can be left out. */
export const optionalResponsesFields: readonly string[] = [
  "include",
  "reasoning",
  "temperature",
  "top_p",
  "parallel_tool_calls",
  "prompt_cache_key",
]

function inputItems(message: Message): JsonObject[] {
  const items: JsonObject[] = []
  let content: JsonObject[] = []
  const flush = () => {
    // A tool's message has results and nothing else; what else stands there is the user's.
    const role = message.role === "tool" ? "user" : message.role
    if (content.length > 0) items.push({ type: "message", role, content })
    content = []
  }
  for (const part of message.parts) {
    switch (part.kind) {
      case "text":
        // An empty text is refused, and says nothing.
        if (part.text !== "") content.push(textItem(part.text, message.role))
        break
      case "image":
        content.push(imageItem(part))
        break
      case "reasoning": {
        const item = reasoningItem(part)
        if (!item) break
        flush()
        items.push(item)
        break
      }
      case "tool-call":
        flush()
        items.push({ type: "function_call", call_id: part.id, name: part.name, arguments: part.arguments })
        break
      case "tool-result":
        flush()
        items.push({ type: "function_call_output", call_id: part.callId, output: resultOf(part) })
        break
    }
  }
  flush()
  return items
}

const textItem = (text: string, role: Message["role"]): JsonObject => ({
  type: role === "assistant" ? "output_text" : "input_text",
  text,
})

const imageItem = (part: ImagePart): JsonObject => ({
  type: "input_image",
  image_url: imageUrl(part),
  detail: "auto",
})

/** Only what came from here, and only with its encrypted content: without it the provider has nothing to go on. */
function reasoningItem({ proof, text }: ReasoningPart): JsonObject | undefined {
  if (proof?.from !== "openai") return undefined
  const encrypted = textAt(proof.data, "encryptedContent")
  if (encrypted === undefined) return undefined
  const summary = text === "" ? [] : [{ type: "summary_text", text }]
  return defined({ type: "reasoning", id: textAt(proof.data, "id"), summary, encrypted_content: encrypted })
}

function resultOf(part: ToolResultPart): string | JsonObject[] {
  if (!part.content.some((inner) => inner.kind === "image")) return resultText(part)
  return part.content.map((inner) => (inner.kind === "text" ? textItem(inner.text, "tool") : imageItem(inner)))
}
