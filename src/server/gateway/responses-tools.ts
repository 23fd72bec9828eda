import { z } from "zod"
import type { Tool } from "../../models/model.ts"
import { decodeWith } from "./decode.ts"
import { jsonSchema, noTools } from "./openai-shapes.ts"

const functionTool = z.object({
  type: z.literal("function"),
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
})
/** Takes any text, perhaps of a grammar, in the place of JSON. */
const customTool = z.object({
  type: z.literal("custom"),
  name: z.string().min(1),
  description: z.string().nullish(),
  format: z.object({ type: z.string(), syntax: z.string().nullish(), definition: z.string().nullish() }).nullish(),
})
const callable = z.discriminatedUnion("type", [functionTool, customTool])
const namespaceTool = z.object({
  type: z.literal("namespace"),
  name: z.string().min(1),
  tools: z.array(callable),
})
const known = z.discriminatedUnion("type", [functionTool, customTool, namespaceTool])

/** Run by the provider's own servers: without them the model just does not have the tool. */
const hosted = new Set([
  "web_search",
  "web_search_preview",
  "file_search",
  "code_interpreter",
  "image_generation",
  "mcp",
  "tool_search",
])

export const toolList = z.array(z.looseObject({ type: z.string() })).nullish()

/** How a tool of the client is named for the model, and back. */
export interface ToolNames {
  readonly tools: readonly Tool[]
  inner(name: string, namespace?: string | null): string
  outer(inner: string): OuterTool
}

export interface OuterTool {
  readonly name: string
  readonly namespace?: string
  readonly isCustom: boolean
}

/** Tools with namespaces made flat, and those that take free text as functions of one text. */
export function toolNames(given: z.output<typeof toolList>): ToolNames {
  const tools: Tool[] = []
  const outers = new Map<string, OuterTool>()
  const inner = (name: string, namespace?: string | null) => (namespace ? `${namespace}__${name}` : name)
  const add = (tool: z.output<typeof callable>, namespace?: string) => {
    const name = inner(tool.name, namespace)
    const isCustom = tool.type === "custom"
    outers.set(name, { name: tool.name, isCustom, ...(namespace === undefined ? {} : { namespace }) })
    tools.push(isCustom ? asFunction(tool, name) : functionOf(tool, name))
  }
  given?.forEach((one, at) => {
    if (hosted.has(one.type)) return
    const tool = decodeWith(known, one, `tools.${at}`)
    if (tool.type === "namespace") for (const nested of tool.tools) add(nested, tool.name)
    else add(tool)
  })
  return { tools, inner, outer: (name) => outers.get(name) ?? { name, isCustom: false } }
}

const functionOf = ({ description, parameters, strict }: z.output<typeof functionTool>, name: string): Tool => ({
  name,
  description: description ?? undefined,
  parameters: parameters ?? noTools,
  strict: strict ?? undefined,
})

const freeText = {
  type: "object",
  properties: { input: { type: "string", description: "The whole input, as plain text." } },
  required: ["input"],
  additionalProperties: false,
}

function asFunction({ description, format }: z.output<typeof customTool>, name: string): Tool {
  const grammar = format?.definition
    ? `The input follows this ${format.syntax ?? ""} grammar:\n${format.definition}`
    : ""
  return { name, description: [description, grammar].filter(Boolean).join("\n\n"), parameters: freeText }
}

const freeTextArguments = z.object({ input: z.string() })

/** The free text in a function's arguments; what is no JSON is taken as the text itself. */
export function freeTextOf(args: string): string {
  try {
    return freeTextArguments.parse(JSON.parse(args)).input
  } catch {
    return args
  }
}

export const freeTextAsArguments = (input: string) => JSON.stringify({ input })
