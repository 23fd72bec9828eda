import { commentMark } from "../../code/tokens.ts"
import type { Message, ModelRequest } from "../../models/model.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import type { Cursor } from "./cursor.ts"
import type { Neighbour } from "./neighbourhood.ts"
import { trimmed } from "./trim.ts"

export interface FillOptions {
  /** "provider/model"; "" for the default. */
  readonly model: string
  /** How many are asked for at once. */
  readonly candidates: number
  readonly signal: AbortSignal
  /** A piece of the first one, as it comes. */
  said(piece: string): Promise<void>
}

export interface Filled {
  /** Without doubles; the likeliest first. */
  readonly texts: readonly string[]
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number | null
}

/** Of the file, in characters: what stands before and behind the cursor. */
const before = 6_000
const behind = 2_000
const maxOutputTokens = 256
/** The first is what the model is surest of; the others are to differ. */
const sure = 0.1
const varied = 0.7
/** When so much came that is not taken any more, the rest is not waited for. */
const mostUnused = 200

/** Asks a model for what is to be put in at the cursor. Throws ModelError. */
export async function filled(
  cursor: Cursor,
  neighbours: readonly Neighbour[],
  tools: EngineTools,
  { model, candidates, signal, said }: FillOptions,
): Promise<Filled> {
  const request = await requestFor(cursor, neighbours, tools, model)
  const asked = Array.from({ length: candidates }, (_, at) => {
    const temperature = at === 0 ? sure : varied
    return one({ ...request, temperature }, cursor, tools, { signal, said: at === 0 ? said : async () => {} })
  })
  const answers = await Promise.allSettled(asked)
  const good = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
  const bad = answers.find((answer) => answer.status === "rejected")
  if (good.length === 0 && bad) throw bad.reason
  return {
    texts: [...new Set(good.map(({ text }) => text).filter((text) => text !== ""))],
    model: good[0]?.model ?? model,
    inputTokens: good.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokens: good.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    costUsd: good.reduce<number | null>(
      (sum, { costUsd }) => (sum === null || costUsd === null ? null : sum + costUsd),
      0,
    ),
  }
}

async function requestFor(
  cursor: Cursor,
  neighbours: readonly Neighbour[],
  tools: EngineTools,
  model: string,
): Promise<Omit<ModelRequest, "temperature">> {
  const { path, language, text, offset } = cursor
  const { masker, prompts, attribution } = tools
  const gap = {
    before: masker.mask(text.slice(wholeLine(text, offset - before), offset)),
    behind: masker.mask(text.slice(offset, offset + behind)),
  }
  const need = {
    task: `complete ${path}`,
    engine: "complete",
    paths: [path],
    symbols: [],
    language,
    user: attribution.user,
  }
  const held = await tools.rulesFor(need)
  // A person's word goes before a rule's.
  const asked = model === "" ? (held.model ?? "") : model
  const rendered = await prompts.render("complete/cursor", {
    variables: { path, language, ...gap, neighbours: neighbours.map(({ path, signature }) => ({ path, signature })) },
    context: { items: [], left: [], tokens: 0, budgetTokens: 0, sources: [], tookMs: 0 },
    rules: held.rules,
    model: asked,
    user: attribution.user,
  })
  const mark = commentMark(language)
  const around = mark === undefined ? [] : neighbours.map(({ path, signature }) => `${mark} ${path}: ${signature}\n`)
  return {
    model: asked,
    messages: rendered.messages.map((message): Message => ({ ...message })),
    fill: { before: masker.mask(around.join("")) + gap.before, behind: gap.behind },
    maxOutputTokens,
    reasoning: { effort: "none" },
    attribution,
  }
}

/** The start of the line around an offset, or of the text. */
const wholeLine = (text: string, at: number) => (at <= 0 ? 0 : text.indexOf("\n", at) + 1)

async function one(
  request: ModelRequest,
  cursor: Cursor,
  { models, masker }: Pick<EngineTools, "models" | "masker">,
  { signal, said }: Pick<FillOptions, "signal" | "said">,
) {
  let whole = ""
  let told = ""
  const facts = { model: "", inputTokens: 0, outputTokens: 0, costUsd: null as number | null }
  for await (const event of models.call(request, signal)) {
    if (event.kind === "start" || event.kind === "restart") facts.model = `${event.provider}/${event.model}`
    if (event.kind === "end") {
      const { usage, costUsd = null } = event
      Object.assign(facts, { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, costUsd })
    }
    if (event.kind !== "text") continue
    whole += event.text
    const now = soFar(whole, cursor)
    if (now.length > told.length && now.startsWith(told)) {
      await said(now.slice(told.length))
      told = now
    }
    if (told !== "" && whole.length - told.length > mostUnused) break
  }
  const text = trimmed(whole, cursor)
  // Neither a secret that the model knows of nor a mark in place of one belongs into code.
  return { ...facts, text: masker.mask(text) === text && !/\[secret:[\w:-]+\]/.test(text) ? text : "" }
}

const opening = "<insert>"
const closing = "</insert>"

/** What can be shown of an answer that is still being written: no half of a mark around it. */
function soFar(whole: string, cursor: Cursor): string {
  const start = whole.trimStart()
  if (start.startsWith("`") || opening.startsWith(start.slice(0, opening.length)) !== start.startsWith(opening))
    return ""
  const end = whole.lastIndexOf("<")
  const isHalf = end >= 0 && closing.startsWith(whole.slice(end))
  return trimmed(isHalf ? whole.slice(0, end) : whole, cursor, { isWhole: false })
}
