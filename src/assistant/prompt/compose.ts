import { z } from "zod"
import { estimateTokens } from "../../base/tokens.ts"
import type { Message, Model, ModelRequest, Tool as ToolSpec } from "../../models/model.ts"
import { compact, tokensOfEntry } from "../compaction/compact.ts"
import { semantic } from "../compaction/semantic.ts"
import { type StrategyName, sampling, slidingWindow, truncation } from "../compaction/strategies.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { Tool } from "../tools/tool.ts"
import { masking } from "./masked.ts"
import { type MessageOptions, messagesOf } from "./messages.ts"

export interface PromptOptions extends MessageOptions {
  readonly conversation: LiveConversation
  /** Takes secrets out of a text. The same text always becomes the same. */
  readonly mask: (text: string) => string
  readonly actor: string
  readonly command: string
  readonly tools: ReadonlyMap<string, Tool>
  /** Who the assistant is and what holds here. Stays the same for a whole conversation, so that providers can cache it. */
  readonly system: readonly Message[]
  /** For summaries. */
  readonly model: Model
  /** The model to ask where the conversation names none; "" for the default. */
  readonly preferred?: string
  /** Of the conversation's model; null where it is not known. */
  readonly contextTokens: number | null
  readonly strategy: StrategyName
  /** Files that the user keeps in the context, as messages of no more than so many tokens. */
  files?(budgetTokens: number, signal: AbortSignal): Promise<readonly Message[]>
  /** Told before anything is left out. `isAsked`: by a person. */
  beforeCompact?(isAsked: boolean, signal: AbortSignal): Promise<void>
}

/** Where the size of a model's context is not known. */
const assumedContextTokens = 128_000
/** Compaction begins when the prompt is so much of the context, and leaves so much of it. */
const fullAt = 0.75
const keptPart = 0.3
const summaryPart = 0.05
const mostSummaryTokens = 4_000
/** The most of the context that files take which the user keeps in it. */
const filesPart = 0.25

/** Builds the requests of a conversation, and compacts it where the next one would be too long. */
export function composer(options: PromptOptions) {
  const { conversation, actor, tools } = options
  const safe = masking(options.mask)
  const system = options.system.map(safe.message)
  const specs = [...tools.values()].map(specOf)
  const fixedTokens = estimateTokens(JSON.stringify([system, specs]))
  const contextTokens = options.contextTokens ?? assumedContextTokens
  let filesTokens = 0

  const promptTokens = () =>
    conversation.window.reduce((sum, entry) => sum + tokensOfEntry(entry), fixedTokens + filesTokens) +
    estimateTokens(conversation.state.compaction?.summary ?? "")

  const attribution = () => ({
    user: actor,
    project: conversation.state.root,
    session: conversation.id,
    command: options.command,
    ...(conversation.state.turn ? { turn: conversation.state.turn.id } : {}),
  })

  const strategyOf = (name: StrategyName) => {
    switch (name) {
      case "semantic":
        return semantic({ model: options.model, name: conversation.state.model, attribution: attribution() })
      case "window":
        return slidingWindow
      case "truncation":
        return truncation
      case "sampling":
        return sampling
    }
  }

  /** `keep`: the part of the context that the newest entries may take. */
  const shorten = async (strategyName: StrategyName, keep: number, signal: AbortSignal, isAsked = false) => {
    await options.beforeCompact?.(isAsked, signal)
    return compact({
      conversation,
      actor,
      strategy: (dropped, tokens, signal) => strategyOf(strategyName)(dropped.map(safe.entry), tokens, signal),
      strategyName,
      keepTokens: Math.floor(contextTokens * keep),
      summaryTokens: Math.min(mostSummaryTokens, Math.floor(contextTokens * summaryPart)),
      signal,
    })
  }

  return {
    /** As a turn asks for it. */
    async prompt({
      isTooLong,
      signal,
    }: {
      readonly isTooLong: boolean
      readonly signal: AbortSignal
    }): Promise<ModelRequest> {
      const files = (await options.files?.(Math.floor(contextTokens * filesPart), signal)) ?? []
      filesTokens = files.length > 0 ? estimateTokens(JSON.stringify(files)) : 0
      // A model that says it is too long knows better than the estimate: half of what would be left otherwise.
      if (isTooLong) await shorten(options.strategy, keptPart / 2, signal)
      else if (promptTokens() > contextTokens * fullAt) await shorten(options.strategy, keptPart, signal)
      const { compaction, model } = conversation.state
      const earlier: Message[] = compaction
        ? [{ role: "user", parts: [{ kind: "text", text: earlierText(compaction.summary) }], section: "summary" }]
        : []
      const history = await messagesOf(conversation.window.map(safe.entry), options)
      return {
        model: model || (options.preferred ?? ""),
        messages: cached([...system, ...[...earlier, ...files].map(safe.message), ...history]),
        ...(specs.length > 0 ? { tools: specs } : {}),
        attribution: attribution(),
      }
    },
    /** Asked for by a person. Null: there is nothing to leave out. */
    compact: (strategy: StrategyName, signal: AbortSignal) => shorten(strategy, 0.02, signal, true),
    tokens: () => ({ prompt: promptTokens(), fixed: fixedTokens, context: contextTokens }),
  }
}

const earlierText = (summary: string) =>
  `The conversation before this point was left out for its length. What follows is its ledger, kept as data, and a summary;
the tool \`recall\` reads the originals.\n\n${summary}`

/** Marks the end of what stays and the end of what was said: the next request begins with the same. */
function cached(messages: readonly Message[]): Message[] {
  const fixedEnd = messages.findLastIndex(({ role }) => role === "system")
  return messages.map((message, at) =>
    at === fixedEnd || at === messages.length - 1 ? { ...message, cache: "short" as const } : message,
  )
}

/** Tools are the same for every turn. */
const described = new WeakMap<Tool["input"], ToolSpec["parameters"]>()

function specOf({ name, description, input }: Tool): ToolSpec {
  let parameters = described.get(input)
  if (!parameters) {
    const { $schema: _schema, ...schema } = z.toJSONSchema(input, { io: "input" })
    parameters = schema
    described.set(input, parameters)
  }
  return { name, description, parameters }
}
