import { z } from "zod"
import type { ImagePart, Message, ModelRequest, TextPart, ToolChoice } from "../../models/model.ts"
import { type Conversation, conversation, markedForCache } from "./conversation.ts"
import { decodeWith, invalidField, notTaken } from "./decode.ts"
import type { Asked, CallFacts, Dialect } from "./dialect.ts"
import { imageOf } from "./images.ts"
import { openAiErrors } from "./openai-errors.ts"
import { anyObject, effort, jsonSchema, modelName } from "./openai-shapes.ts"
import { responsesFrames } from "./responses-frames.ts"
import { type ResponseFacts, wholeResponse } from "./responses-object.ts"
import { freeTextAsArguments, type ToolNames, toolList, toolNames } from "./responses-tools.ts"
import { openProof } from "./sealed-proof.ts"

const inputText = z.object({ type: z.literal("input_text"), text: z.string() })
const outputText = z.object({ type: z.literal("output_text"), text: z.string() })
const refusal = z.object({ type: z.literal("refusal"), refusal: z.string() })
const inputImage = z.object({
  type: z.literal("input_image"),
  image_url: z.string("only images by image_url are taken; files are not kept here"),
})
const content = z.union([
  z.string(),
  z.array(z.discriminatedUnion("type", [inputText, outputText, refusal, inputImage])),
])
const textOnly = z.array(z.object({ text: z.string() }))

const item = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message").optional(),
    role: z.enum(["user", "assistant", "system", "developer"]),
    content,
  }),
  z.object({
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    namespace: z.string().nullish(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal("function_call_output"), call_id: z.string(), output: content }),
  z.object({
    type: z.literal("custom_tool_call"),
    call_id: z.string(),
    name: z.string(),
    namespace: z.string().nullish(),
    input: z.string(),
  }),
  z.object({ type: z.literal("custom_tool_call_output"), call_id: z.string(), output: content }),
  z.object({
    type: z.literal("reasoning"),
    summary: textOnly.nullish(),
    content: textOnly.nullish(),
    encrypted_content: z.string().nullish(),
  }),
  // What tools of a provider's own servers did before: the answers that came of it are in the messages.
  z.object({
    type: z.enum(["web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call"]),
  }),
])

const stateless = "nothing is kept here between requests; send the whole conversation as input, with store: false"

const schema = z.object({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(item)]),
  instructions: z.string().nullish(),
  tools: toolList,
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.object({ type: z.enum(["function", "custom"]), name: z.string(), namespace: z.string().nullish() }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_output_tokens: z.int().positive().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  reasoning: z.object({ effort: effort.nullish() }).nullish(),
  text: z
    .object({
      format: z
        .discriminatedUnion("type", [
          z.object({ type: z.literal("text") }),
          z.object({ type: z.literal("json_object") }),
          z.object({ type: z.literal("json_schema"), name: z.string().default("answer"), schema: jsonSchema }),
        ])
        .nullish(),
    })
    .nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  stream: z.boolean().nullish(),
  previous_response_id: notTaken(stateless),
  conversation: notTaken(stateless),
  prompt: notTaken("stored prompts are not known here; send instructions and input"),
  background: z.literal(false, "answers are not made in the background; leave background out").nullish(),
})

type Given = z.output<typeof schema>
type Item = z.output<typeof item>

/** `POST /v1/responses` (platform.openai.com/docs/api-reference/responses), without state: as with `store: false`. */
export const responses: Dialect = {
  errors: openAiErrors,
  decode(body: unknown, call: CallFacts): Asked {
    const given = decodeWith(schema, body)
    const names = toolNames(given.tools)
    const format = given.text?.format
    const hasTools = names.tools.length > 0
    const request: ModelRequest = {
      model: modelName(given.model),
      messages: messagesOf(given, names),
      tools: hasTools ? names.tools : undefined,
      toolChoice: hasTools ? toolChoiceOf(given.tool_choice, names) : undefined,
      parallelToolCalls: given.parallel_tool_calls ?? undefined,
      maxOutputTokens: given.max_output_tokens ?? undefined,
      temperature: given.temperature ?? undefined,
      topP: given.top_p ?? undefined,
      reasoning: given.reasoning?.effort ? { effort: given.reasoning.effort } : undefined,
      output:
        format?.type === "json_schema"
          ? { name: format.name, schema: format.schema }
          : format?.type === "json_object"
            ? anyObject
            : undefined,
      attribution: call.attribution,
    }
    const facts: ResponseFacts = {
      id: call.id,
      createdAt: Math.floor(call.nowMs / 1000),
      names,
      echo: {
        max_output_tokens: given.max_output_tokens ?? null,
        metadata: given.metadata ?? {},
        parallel_tool_calls: given.parallel_tool_calls ?? true,
        reasoning: { effort: given.reasoning?.effort ?? null, summary: null },
        temperature: given.temperature ?? null,
        text: { format: format ?? { type: "text" } },
        tool_choice: given.tool_choice ?? "auto",
        top_p: given.top_p ?? null,
      },
    }
    return {
      request,
      isStream: given.stream ?? false,
      answer: (answer) => wholeResponse(answer, facts),
      frames: () => responsesFrames(facts),
    }
  },
}

function messagesOf({ instructions, input }: Given, names: ToolNames): Message[] {
  const talk = conversation()
  if (instructions) talk.add("system", [{ kind: "text", text: instructions }])
  if (typeof input === "string") talk.add("user", [{ kind: "text", text: input }])
  else
    input.forEach((one, at) => {
      addItem(talk, one, names, `input.${at}`)
    })
  const messages = talk.done()
  if (messages.every(({ role }) => role === "system")) throw invalidField("input", "there is nothing to answer")
  return names.tools.length > 0 ? markedForCache(messages) : messages
}

function addItem(talk: Conversation, one: Item, names: ToolNames, path: string): void {
  switch (one.type) {
    case undefined:
    case "message":
      talk.add(one.role === "developer" ? "system" : one.role, partsOf(one.content, `${path}.content`))
      return
    case "function_call":
      talk.call(one.call_id, names.inner(one.name, one.namespace), one.arguments)
      return
    case "custom_tool_call":
      talk.call(one.call_id, names.inner(one.name, one.namespace), freeTextAsArguments(one.input))
      return
    case "function_call_output":
    case "custom_tool_call_output":
      talk.result(one.call_id, partsOf(one.output, `${path}.output`))
      return
    case "reasoning": {
      const told = [...(one.content ?? []), ...(one.summary ?? [])].map(({ text }) => text).join("\n\n")
      talk.thought(told, openProof(one.encrypted_content))
    }
  }
}

function partsOf(given: z.output<typeof content>, path: string): (TextPart | ImagePart)[] {
  if (typeof given === "string") return [{ kind: "text", text: given }]
  return given.map((part, at) => {
    if (part.type === "input_image") return imageOf(part.image_url, `${path}.${at}.image_url`)
    return { kind: "text", text: part.type === "refusal" ? part.refusal : part.text }
  })
}

function toolChoiceOf(given: Given["tool_choice"], names: ToolNames): ToolChoice | undefined {
  if (given === null || given === undefined) return undefined
  return typeof given === "string" ? given : { name: names.inner(given.name, given.namespace) }
}
