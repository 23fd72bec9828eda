import type { ModelRequest, Tool } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { anthropicPrompt } from "./anthropic-messages.ts"
import { anthropicSchema } from "./anthropic-schema.ts"
import { type ClaudeAbilities, claudeAbilities } from "./claude-abilities.ts"
import { defined } from "./fields.ts"

/** Tokens of an answer where nobody says how many and the catalogue knows no more. */
const unknownLimit = 8_192
/** More than this is only asked for by name: it must fit into the context beside the prompt. */
const usualLimit = 32_000
const leastBudget = 1_024
const budgets = { none: 0, minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384, xhigh: 24_576 }

/**
 * The body of `POST /v1/messages` (https://platform.claude.com/docs/en/api/messages), streaming.
 *
 * An output schema goes as the native format and not as a tool that the model is forced to call: forcing excludes
 * thinking and other tools, and the answer would be a call in the conversation. Models before 4.5 have no native format;
 * for them the schema is in the prompt (structured/).
 */
export function anthropicRequest(request: ModelRequest, maxOutputTokens: number | null): JsonObject {
  const abilities = claudeAbilities(request.model)
  const limit = request.maxOutputTokens ?? Math.min(maxOutputTokens ?? unknownLimit, usualLimit)
  const thinking = thinkingOf(request, abilities, limit)
  // Sampling can't be set while it thinks.
  const takesSampling = abilities.takesSampling && thinking === undefined
  const format = request.output && { type: "json_schema", schema: anthropicSchema(request.output.schema) }
  const effort = effortOf(request, abilities)
  const stops = request.stop?.filter((stop) => stop.trim() !== "")
  const ours = defined({
    model: request.model,
    max_tokens: limit,
    ...anthropicPrompt(request.messages),
    stream: true,
    ...toolsOf(request, abilities),
    thinking,
    output_config: format || effort ? defined({ format, effort }) : undefined,
    temperature: takesSampling ? request.temperature : undefined,
    // Newer models take one of the two.
    top_p: takesSampling && request.temperature === undefined ? request.topP : undefined,
    stop_sequences: stops?.length ? stops : undefined,
  })
  return { ...request.extra, ...ours }
}

/** Of a request, what counting its tokens takes. */
export function anthropicCountRequest(request: ModelRequest): JsonObject {
  const { model, messages, system, tools, tool_choice, thinking, output_config } = anthropicRequest(request, null)
  return defined({ model, messages, system, tools, tool_choice, thinking, output_config })
}

function thinkingOf(request: ModelRequest, { thinking }: ClaudeAbilities, limit: number): JsonObject | undefined {
  const { effort, maxTokens } = request.reasoning ?? {}
  // A tool can't be forced while it thinks.
  const isForced = request.toolChoice === "required" || typeof request.toolChoice === "object"
  if (thinking === "none" || isForced) return undefined
  if (effort === "none" || (effort === undefined && maxTokens === undefined)) return undefined
  if (thinking === "adaptive") return { type: "adaptive", display: "summarized" }
  // The budget is part of the limit and must leave room for the answer.
  const most = Math.floor(limit * 0.8)
  if (most < leastBudget) return undefined
  const budget = maxTokens ?? budgets[effort ?? "medium"]
  return { type: "enabled", budget_tokens: Math.max(leastBudget, Math.min(budget, most)) }
}

/** Models that decide themselves how much to think can't all be told not to: the lowest effort is what they share. */
function effortOf({ reasoning }: ModelRequest, { thinking, takesXhigh }: ClaudeAbilities): string | undefined {
  if (thinking !== "adaptive") return undefined
  switch (reasoning?.effort) {
    case undefined:
      return undefined
    case "none":
    case "minimal":
      return "low"
    case "xhigh":
      return takesXhigh ? "xhigh" : "high"
    default:
      return reasoning?.effort
  }
}

function toolsOf(request: ModelRequest, { takesStrict }: ClaudeAbilities): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = request
  if (!tools?.length) return {}
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  const choice =
    typeof toolChoice === "object"
      ? { type: "tool", name: toolChoice.name, ...single }
      : toolChoice === "required"
        ? { type: "any", ...single }
        : toolChoice === "none"
          ? { type: "none" }
          : { type: "auto", ...single }
  return {
    tools: tools.map((tool) => toolOf(tool, takesStrict)),
    tool_choice: toolChoice === undefined && parallelToolCalls !== false ? undefined : choice,
  }
}

function toolOf({ name, description, parameters, strict }: Tool, takesStrict: boolean): JsonObject {
  const isStrict = strict === true && takesStrict
  const schema = isStrict ? anthropicSchema(parameters) : parameters
  return defined({
    name,
    description,
    input_schema: { ...schema, type: "object" },
    strict: isStrict ? true : undefined,
  })
}
