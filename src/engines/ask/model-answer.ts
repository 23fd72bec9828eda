import type { CodeIndex } from "../../code/code-index.ts"
import type { Attribution } from "../../models/attribution.ts"
import { ModelError } from "../../models/errors.ts"
import type { Model } from "../../models/model.ts"
import type { AskAnswer, ModelAnswer } from "./answer.ts"
import { checkedCitations } from "./citations.ts"
import { type AskRules, askPrompt } from "./model-prompt.ts"

const mostAnswerTokens = 4_000

/**
 * Asks a model the question with the index's evidence, and checks every place it cites. Throws ModelError.
 * `onText` hears each piece of the answer as it comes; what it gives back is waited for.
 */
export async function askModel(
  answer: AskAnswer,
  {
    call,
    model,
    rules,
    index,
    attribution,
    signal,
    onText = async () => {},
  }: {
    readonly call: Model
    /** As a user names it; "" for the default. */
    readonly model: string
    /** Of user and project; they come after ours. */
    readonly rules: AskRules
    readonly index: Pick<CodeIndex, "text">
    readonly attribution: Attribution
    readonly signal: AbortSignal
    readonly onText?: (piece: string) => Promise<void>
  },
): Promise<ModelAnswer> {
  const startedAt = performance.now()
  const request = { model, messages: askPrompt(answer, rules), maxOutputTokens: mostAnswerTokens, attribution }
  let text = ""
  let from = ""
  let ending = { isCut: false, inputTokens: 0, outputTokens: 0, costUsd: null as number | null }
  for await (const event of call(request, signal)) {
    if (event.kind === "start" || event.kind === "restart") from = `${event.provider}/${event.model}`
    if (event.kind === "text") {
      text += event.text
      await onText(event.text)
    }
    if (event.kind === "end") {
      const { inputTokens, outputTokens } = event.usage
      ending = { isCut: event.finish === "length", inputTokens, outputTokens, costUsd: event.costUsd ?? null }
    }
  }
  if (text.trim() === "") {
    throw new ModelError({
      fault: "MODEL_ANSWER_INVALID",
      message: `${from || "The model"} said nothing.`,
      hint: "Ask again.",
    })
  }
  const checked = await checkedCitations(text.trim(), answer, (path, lines) => index.text(path, lines))
  return {
    ...checked,
    citations: [...checked.citations],
    model: from,
    ...ending,
    tookMs: performance.now() - startedAt,
  }
}
