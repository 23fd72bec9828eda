import { z } from "zod"
import { effort, jsonSchema } from "./openai-shapes.ts"

/** What clients of Anthropic's messages send, as far as we read it (docs.anthropic.com/en/api/messages). */

const cacheControl = z.object({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).nullish() }).nullish()

const textBlock = z.object({ type: z.literal("text"), text: z.string(), cache_control: cacheControl })
const imageBlock = z.object({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.object({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
    z.object({ type: z.literal("url"), url: z.string() }),
  ]),
  cache_control: cacheControl,
})
/** Only text: what reads a PDF is a provider's own. */
const documentBlock = z.object({
  type: z.literal("document"),
  title: z.string().nullish(),
  source: z.object({ type: z.literal("text", "only documents of text are taken"), data: z.string() }),
  cache_control: cacheControl,
})
const resultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock]))])
    .nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControl,
})
const callBlock = z.object({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
  cache_control: cacheControl,
})
const thinkingBlock = z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().nullish() })
const redactedBlock = z.object({ type: z.literal("redacted_thinking"), data: z.string() })

export const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: z.union([z.string(), z.array(textBlock)]) }),
  z.object({
    role: z.literal("user"),
    content: z.union([
      z.string(),
      z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, resultBlock])),
    ]),
  }),
  z.object({
    role: z.literal("assistant"),
    content: z.union([
      z.string(),
      z.array(z.discriminatedUnion("type", [textBlock, callBlock, thinkingBlock, redactedBlock])),
    ]),
  }),
])

/** Tools of the provider itself (web search and the like) have another `type` and no schema. */
const tool = z.object({
  type: z.string().nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: jsonSchema.optional(),
  strict: z.boolean().nullish(),
})

export const promptFields = {
  model: z.string().nullish(),
  messages: z.array(message).min(1),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("auto"), disable_parallel_tool_use: z.boolean().nullish() }),
      z.object({ type: z.literal("any"), disable_parallel_tool_use: z.boolean().nullish() }),
      z.object({ type: z.literal("tool"), name: z.string(), disable_parallel_tool_use: z.boolean().nullish() }),
      z.object({ type: z.literal("none") }),
    ])
    .nullish(),
  thinking: z.object({ type: z.string(), budget_tokens: z.int().positive().nullish() }).nullish(),
  output_config: z
    .object({
      effort: z.union([effort, z.literal("max")]).nullish(),
      format: z.object({ type: z.literal("json_schema"), schema: jsonSchema }).nullish(),
    })
    .nullish(),
  cache_control: cacheControl,
}
export const messagesRequest = z.object({
  ...promptFields,
  max_tokens: z.int().positive().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
})

export type Prompt = Pick<z.output<typeof messagesRequest>, keyof typeof promptFields>
export type CacheControl = z.output<typeof cacheControl>
export type ContentBlock = z.output<typeof textBlock> | z.output<typeof imageBlock> | z.output<typeof documentBlock>
export type ResultBlock = z.output<typeof resultBlock>
export type InputMessage = z.output<typeof message>
