import type { ImagePart, Message, ModelRequest, Part, TextPart } from "../model.ts"
import type { JsonObject } from "../wire/decoder.ts"
import { asObject, defined, textAt } from "./fields.ts"
import { geminiSchema } from "./gemini-schema.ts"

/** Gemini 3 refuses a call without its signature; this one says that the call was made elsewhere. */
const foreignSignature = "skip_thought_signature_validator"
const budgets = { none: 0, minimal: 512, low: 2_048, medium: 8_192, high: 16_384, xhigh: 24_576 }
/** The vendor takes no more. */
const mostStops = 5

/** The body of `models/x:streamGenerateContent` (https://ai.google.dev/api/generate-content). */
export function geminiRequest(request: ModelRequest): JsonObject {
  const generationConfig = defined({
    ...asObject(request.extra?.generationConfig),
    ...defined({
      maxOutputTokens: request.maxOutputTokens,
      temperature: request.temperature,
      topP: request.topP,
      seed: request.seed,
      stopSequences: request.stop?.length ? request.stop.slice(0, mostStops) : undefined,
      thinkingConfig: thinkingOf(request),
      responseMimeType: request.output && "application/json",
      responseSchema: request.output && geminiSchema(request.output.schema),
    }),
  })
  return {
    ...request.extra,
    ...geminiPrompt(request),
    ...(Object.keys(generationConfig).length > 0 ? { generationConfig } : {}),
  }
}

/** What is said and the tools: what counting takes, too. */
export function geminiPrompt(request: ModelRequest): JsonObject {
  const system = request.messages
    .filter(({ role }) => role === "system")
    .flatMap(({ parts }) => parts.flatMap((part) => partOf(part, new Set())))
  const contents = contentsOf(request)
  // There must be something to answer to.
  if (contents.length === 0 && system.length > 0) contents.push({ role: "user", parts: system.splice(0) })
  return defined({
    systemInstruction: system.length > 0 ? { parts: system } : undefined,
    contents,
    ...toolsOf(request),
  })
}

/** 2.5 for "gemini-2.5-pro"; the newest where only "latest" is said; 0 for what is no Gemini. */
export function geminiVersion(model: string): number {
  const match = /gemini-(\d+(?:\.\d+)?)/.exec(model)
  if (match) return Number(match[1])
  return /gemini-.*latest/.test(model) ? Number.POSITIVE_INFINITY : 0
}

interface Content {
  readonly role: "user" | "model"
  readonly parts: JsonObject[]
}

function contentsOf({ model, messages }: ModelRequest): Content[] {
  const contents: Content[] = []
  const isSigned = geminiVersion(model) >= 3
  const theirs = new Set(messages.flatMap(({ parts }) => parts.flatMap((part) => idOf(part) ?? [])))
  for (const message of messages) {
    if (message.role === "system") continue
    const parts = message.parts.flatMap((part) => partOf(part, theirs))
    if (isSigned) signFirstCall(message, parts)
    if (parts.length === 0) continue
    const role = message.role === "assistant" ? "model" : "user"
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else contents.push({ role, parts })
  }
  return contents
}

/** Of calls made at once only the first has a signature. */
function signFirstCall({ role }: Message, parts: JsonObject[]) {
  const at = role === "assistant" ? parts.findIndex((part) => part.functionCall !== undefined) : -1
  const first = parts[at]
  if (first && first.thoughtSignature === undefined) parts[at] = { ...first, thoughtSignature: foreignSignature }
}

/** The id that Gemini itself gave to a call. */
const idOf = (part: Part): string | undefined =>
  part.kind === "tool-call" && part.proof?.from === "gemini" ? textAt(part.proof.data, "id") : undefined

function partOf(part: Part, theirs: ReadonlySet<string>): readonly JsonObject[] {
  switch (part.kind) {
    case "text":
    case "image":
      return contentOf(part)
    case "reasoning": {
      // Its words are not wanted back; the signature that stood after them is.
      const signature = part.proof?.from === "gemini" ? textAt(part.proof.data, "thoughtSignature") : undefined
      return signature === undefined ? [] : [{ text: "", thoughtSignature: signature }]
    }
    case "tool-call": {
      const proof = part.proof?.from === "gemini" ? part.proof.data : {}
      const call = defined({ id: idOf(part), name: part.name, args: argsOf(part.arguments) })
      return [defined({ functionCall: call, thoughtSignature: textAt(proof, "thoughtSignature") })]
    }
    case "tool-result": {
      const text = part.content.flatMap((inner) => (inner.kind === "text" ? [inner.text] : [])).join("\n")
      const response = part.isError ? { error: text } : { output: text }
      const images = part.content.filter((inner) => inner.kind === "image").flatMap(contentOf)
      // An id that is not Gemini's says nothing to it: the results belong to the calls by name and order.
      const id = theirs.has(part.callId) ? { id: part.callId } : {}
      return [{ functionResponse: { ...id, name: part.name, response } }, ...images]
    }
  }
}

function contentOf(part: TextPart | ImagePart): readonly JsonObject[] {
  if (part.kind === "text") return part.text === "" ? [] : [{ text: part.text }]
  const { source, mediaType } = part
  return [
    source.kind === "url"
      ? { fileData: { mimeType: mediaType, fileUri: source.url } }
      : { inlineData: { mimeType: mediaType, data: source.data } },
  ]
}

/** Gemini takes only an object; what the model wrote wrongly it sees as it was. */
function argsOf(argumentsText: string): JsonObject {
  try {
    const value = asObject(JSON.parse(argumentsText))
    if (value) return value
  } catch {
    // Said below.
  }
  return argumentsText.trim() === "" ? {} : { invalid_json: argumentsText }
}

function toolsOf({ tools, toolChoice }: ModelRequest): JsonObject {
  if (!tools?.length) return {}
  const functionDeclarations = tools.map(({ name, description, parameters }) => {
    const hasParameters = Object.keys(asObject(parameters.properties) ?? {}).length > 0
    return defined({ name, description, parameters: hasParameters ? geminiSchema(parameters) : undefined })
  })
  const config =
    typeof toolChoice === "object"
      ? { mode: "ANY", allowedFunctionNames: [toolChoice.name] }
      : toolChoice && { mode: { auto: "AUTO", none: "NONE", required: "ANY" }[toolChoice] }
  return { tools: [{ functionDeclarations }], toolConfig: config && { functionCallingConfig: config } }
}

/** https://ai.google.dev/gemini-api/docs/thinking: levels since Gemini 3, a number of tokens before. */
function thinkingOf({ model, reasoning }: ModelRequest): JsonObject | undefined {
  const version = geminiVersion(model)
  if (version < 2.5 || (reasoning?.effort === undefined && reasoning?.maxTokens === undefined)) return undefined
  const { effort, maxTokens } = reasoning
  if (version < 3) {
    const wanted = maxTokens ?? budgets[effort ?? "medium"]
    // Pro can't do without.
    const thinkingBudget = model.includes("pro") ? Math.max(wanted, 128) : wanted
    return { thinkingBudget, includeThoughts: effort !== "none" && thinkingBudget > 0 }
  }
  const size = effort ? budgets[effort] : (maxTokens ?? 0)
  const level = size <= budgets.low ? "low" : size <= budgets.medium ? "medium" : "high"
  // The first 3 Pro knew only two.
  const thinkingLevel = level === "medium" && /gemini-3-pro/.test(model) ? "high" : level
  return { thinkingLevel, includeThoughts: effort !== "none" }
}
