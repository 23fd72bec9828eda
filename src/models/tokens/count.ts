import { estimateTokens } from "../../base/tokens.ts"
import type { ModelRequest, Part, Tool } from "../model.ts"
import { families, type TokenFamily } from "./family.ts"
import { gptCounter } from "./gpt.ts"
import { imageTokens } from "./images.ts"

export interface TokenCount {
  readonly tokens: number
  /** Counted with the model's own vocabulary, and nothing was guessed. */
  readonly isExact: boolean
  /** How far off the count is to be expected, either way; 0 where it is exact. */
  readonly errorPercent: number
}

/** Longer text is estimated for every family: counting a megabyte exactly would keep the server for a second. */
const longestExact = 2_000_000
/** Of base/tokens.ts against o200k_base. */
const estimateError = 10
/** Where a run of hundreds of signs was counted in pieces. */
const cutError = 1
/** What OpenAI adds for tools and images is not documented to the token. */
const gptToolsError = 5
const imageError = 30

/**
 * Tokens of a text, or of a request as the provider will count it: messages with what stands around them, tools, images.
 * OpenAI's families are counted with their vocabulary; others are estimated from o200k_base (family.ts).
 */
export async function countTokens(what: string | ModelRequest, family: TokenFamily): Promise<TokenCount> {
  const isPublic = family === "o200k" || family === "cl100k"
  const length = typeof what === "string" ? what.length : lengthOf(what)
  const isCounted = isPublic && length <= longestExact
  const { perO200k, perMessage, forTools, errorPercent } = families[family]
  let baseError = isCounted ? errorPercent : Math.max(errorPercent, estimateError)
  const exactly = isCounted ? await gptCounter(family) : undefined
  const count = (text: string): number => {
    if (!exactly) return estimateTokens(text)
    const { tokens, isExact } = exactly(text)
    if (!isExact) baseError = cutError
    return tokens
  }
  if (typeof what === "string") {
    const tokens = count(what) * perO200k
    return rounded(tokens, baseError)
  }

  const { messages, tools = [] } = what
  let tokens = 3
  let images = 0
  for (const message of messages) {
    tokens += perMessage
    for (const part of message.parts) {
      tokens += textsOf(part).reduce((sum, text) => sum + count(text), 0) * perO200k
      for (const image of imagesOf(part)) images += imageTokens(image, family)
    }
  }
  if (tools.length > 0) tokens += forTools + tools.reduce((sum, tool) => sum + count(toolText(tool)), 0) * perO200k
  if (what.output) tokens += count(JSON.stringify(what.output.schema)) * perO200k
  const isPlain = tools.length === 0 && !what.output && messages.every((message) => message.parts.every(isText))
  const textError = isPlain ? baseError : Math.max(baseError, gptToolsError)
  const whole = tokens + images
  return rounded(whole, (textError * tokens + Math.max(textError, imageError) * images) / whole)
}

const rounded = (tokens: number, errorPercent: number): TokenCount => ({
  tokens: Math.ceil(tokens),
  isExact: errorPercent === 0,
  errorPercent: Math.ceil(errorPercent),
})

const isText = (part: Part) => part.kind === "text"

function textsOf(part: Part): readonly string[] {
  switch (part.kind) {
    case "text":
    case "reasoning":
      return [part.text]
    case "tool-call":
      return [part.name, part.arguments]
    case "tool-result":
      return part.content.flatMap((inner) => (inner.kind === "text" ? [inner.text] : []))
    case "image":
      return []
  }
}

function imagesOf(part: Part) {
  if (part.kind === "image") return [part]
  return part.kind === "tool-result" ? part.content.filter((inner) => inner.kind === "image") : []
}

const toolText = ({ name, description = "", parameters }: Tool): string =>
  `${name}\n${description}\n${JSON.stringify(parameters)}`

const lengthOf = (request: ModelRequest): number =>
  request.messages.reduce(
    (sum, message) => sum + message.parts.flatMap(textsOf).reduce((length, text) => length + text.length, 0),
    0,
  )
