import { z } from "zod"
import type { ImagePart, ModelRequest, TextPart, ToolChoice } from "../../models/model.ts"
import { chatAnswer } from "./chat-answer.ts"
import { chatFrames } from "./chat-frames.ts"
import { type Conversation, conversation, markedForCache } from "./conversation.ts"
import { decodeWith, notTaken } from "./decode.ts"
import type { Asked, CallFacts, Dialect } from "./dialect.ts"
import { imageOf } from "./images.ts"
import { openAiErrors } from "./openai-errors.ts"
import { anyObject, effort, jsonSchema, modelName, noTools } from "./openai-shapes.ts"
import { openProof } from "./sealed-proof.ts"

const textPart = z.object({ type: z.literal("text"), text: z.string() })
const imagePart = z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) })
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() })
const contentOf = <P extends z.ZodType>(part: P) => z.union([z.string(), z.array(part)])
const text = contentOf(textPart)
const textAndImages = contentOf(z.discriminatedUnion("type", [textPart, imagePart]))

const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: text }),
  z.object({ role: z.literal("developer"), content: text }),
  z.object({ role: z.literal("user"), content: textAndImages }),
  z.object({
    role: z.literal("assistant"),
    content: contentOf(z.discriminatedUnion("type", [textPart, refusalPart])).nullish(),
    tool_calls: z
      .array(
        z.object({
          id: z.string(),
          type: z.literal("function").default("function"),
          function: z.object({ name: z.string(), arguments: z.string() }),
        }),
      )
      .nullish(),
    // As DeepSeek and vLLM name it; the official client hands on what it does not know.
    reasoning_content: z.string().nullish(),
    reasoning_details: z.array(z.object({ data: z.string().nullish(), text: z.string().nullish() })).nullish(),
  }),
  z.object({ role: z.literal("tool"), tool_call_id: z.string(), content: textAndImages }),
])

const schema = z.object({
  model: z.string().nullish(),
  messages: z.array(message).min(1),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({
          name: z.string().min(1),
          description: z.string().nullish(),
          parameters: jsonSchema.nullish(),
          strict: z.boolean().nullish(),
        }),
      }),
    )
    .nullish(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
  reasoning_effort: effort.nullish(),
  response_format: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("text") }),
      z.object({ type: z.literal("json_object") }),
      z.object({
        type: z.literal("json_schema"),
        json_schema: z.object({ name: z.string().default("answer"), schema: jsonSchema.default({}) }),
      }),
    ])
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, "only one answer is given; leave n out").nullish(),
  logprobs: z.literal(false, "log probabilities are not given; leave logprobs out").nullish(),
  functions: notTaken("the old form of tools is not taken; use tools"),
  audio: notTaken("audio is not given; leave audio out"),
})

type ChatMessage = z.output<typeof message>

/** `POST /v1/chat/completions` (platform.openai.com/docs/api-reference/chat). */
export const chat: Dialect = {
  errors: openAiErrors,
  decode(body: unknown, call: CallFacts): Asked {
    const given = decodeWith(schema, body)
    const talk = conversation()
    given.messages.forEach((one, at) => {
      addMessage(talk, one, `messages.${at}`)
    })
    const hasTools = (given.tools?.length ?? 0) > 0
    const format = given.response_format
    const request: ModelRequest = {
      model: modelName(given.model),
      messages: hasTools ? markedForCache(talk.done()) : talk.done(),
      tools: given.tools?.map(({ function: { name, description, parameters, strict } }) => ({
        name,
        description: description ?? undefined,
        parameters: parameters ?? noTools,
        strict: strict ?? undefined,
      })),
      toolChoice: hasTools ? toolChoiceOf(given.tool_choice) : undefined,
      parallelToolCalls: given.parallel_tool_calls ?? undefined,
      maxOutputTokens: given.max_completion_tokens ?? given.max_tokens ?? undefined,
      temperature: given.temperature ?? undefined,
      topP: given.top_p ?? undefined,
      stop: typeof given.stop === "string" ? [given.stop] : (given.stop ?? undefined),
      seed: given.seed ?? undefined,
      reasoning: given.reasoning_effort ? { effort: given.reasoning_effort } : undefined,
      output:
        format?.type === "json_schema" ? format.json_schema : format?.type === "json_object" ? anyObject : undefined,
      attribution: call.attribution,
    }
    const facts = { id: `chatcmpl-${call.id}`, created: Math.floor(call.nowMs / 1000) }
    return {
      request,
      isStream: given.stream ?? false,
      answer: (answer) => chatAnswer(answer, facts),
      frames: () => chatFrames({ ...facts, includeUsage: given.stream_options?.include_usage ?? false }),
    }
  },
}

function addMessage(talk: Conversation, message: ChatMessage, path: string): void {
  switch (message.role) {
    case "system":
    case "developer":
      talk.add("system", partsOf(message.content, path))
      return
    case "user":
      talk.add("user", partsOf(message.content, path))
      return
    case "tool":
      talk.result(message.tool_call_id, partsOf(message.content, path))
      return
    case "assistant": {
      let isThoughtToldWithProof = false
      for (const { data, text } of message.reasoning_details ?? []) {
        const sealed = openProof(data)
        if (!sealed) continue
        isThoughtToldWithProof ||= sealed.callId === undefined
        talk.thought(text ?? "", sealed)
      }
      if (!isThoughtToldWithProof) talk.thought(message.reasoning_content ?? "")
      const parts = partsOf(message.content ?? [], path)
      if (parts.length > 0) talk.add("assistant", parts)
      for (const { id, function: f } of message.tool_calls ?? []) talk.call(id, f.name, f.arguments)
    }
  }
}

type ContentPart = z.output<typeof textPart> | z.output<typeof imagePart> | z.output<typeof refusalPart>

function partsOf(content: string | readonly ContentPart[], path: string): (TextPart | ImagePart)[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }]
  return content.map((part, at) => partOf(part, `${path}.content.${at}`))
}

function partOf(part: ContentPart, path: string): TextPart | ImagePart {
  switch (part.type) {
    case "text":
      return { kind: "text", text: part.text }
    case "refusal":
      return { kind: "text", text: part.refusal }
    case "image_url":
      return imageOf(part.image_url.url, `${path}.image_url.url`)
  }
}

function toolChoiceOf(given: z.output<typeof schema>["tool_choice"]): ToolChoice | undefined {
  if (given === null || given === undefined) return undefined
  return typeof given === "string" ? given : { name: given.function.name }
}
