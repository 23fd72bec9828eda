import { asDuckError } from "../base/errors.ts"
import { throwIfAborted } from "../base/signal.ts"
import { count } from "../base/text.ts"
import type { AskAnswer, ModelAnswer } from "../engines/ask/answer.ts"
import type { RunOptions } from "../engines/pipeline/run-engine.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { factsOf, missingBlocks } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { markdownBlocks } from "./llm/markdown-blocks.ts"
import { spokenCost, spokenMs, spokenTokens } from "./llm/spoken.ts"

/** The answer with a model's beside it; one that fails is told, and the index's answer stays. */
export async function withModel(answer: AskAnswer, options: RunOptions, context: CommandContext): Promise<AskAnswer> {
  const [{ askEngine }, { runEngine }] = await Promise.all([
    import("../engines/ask/ask-engine.ts"),
    import("../engines/pipeline/run-engine.ts"),
  ])
  try {
    const run = await runEngine(askEngine, answer, await engineTools(context, { command: "ask" }), options)
    const { inputTokens, outputTokens, costUsd, missingContext, tookMs } = factsOf(run)
    const { text, citations } = run.result
    const facts = { model: run.model ?? "", inputTokens, outputTokens, costUsd, missingContext, tookMs }
    return { ...answer, madeBy: "model", modelAnswer: { ...facts, text, citations: [...citations] } }
  } catch (thrown) {
    throwIfAborted(context.signal)
    const { code, message, hint } = asDuckError(thrown)
    return { ...answer, modelError: { code, message, ...(hint === undefined ? {} : { hint }) } }
  }
}

export function errorBlocks({ message, hint }: NonNullable<AskAnswer["modelError"]>): Block[] {
  const advice = hint ? ` ${hint}` : ""
  return [
    {
      kind: "paragraph",
      text: literal(`The model did not answer: ${message}${advice}\nThis is the answer of the index, without it.`),
      tone: "warning",
    },
  ]
}

export function modelBlocks(answer: ModelAnswer): Block[] {
  const { text, model, citations, missingContext, inputTokens, outputTokens, costUsd, tookMs } = answer
  const missing = citations.filter(({ found }) => found === "missing").length
  const unseen = citations.filter(({ found }) => found === "file").length
  const checked = citations.length - missing - unseen
  const warnings = [
    ...(missing > 0 ? [`It cites ${count(missing, "place")} that ${missing === 1 ? "is" : "are"} not there.`] : []),
    ...(unseen > 0
      ? [`It cites ${count(unseen, "place")} that exist${unseen === 1 ? "s" : ""} but that it was not shown.`]
      : []),
  ]
  const facts = [
    `${spokenTokens(inputTokens)} tokens in, ${spokenTokens(outputTokens)} out`,
    costUsd === null ? "cost unknown" : spokenCost(costUsd),
    spokenMs(tookMs),
    `${count(checked, "citation")} checked`,
  ]
  return [
    ...markdownBlocks(text),
    ...missingBlocks(missingContext),
    ...(warnings.length > 0 ? [{ kind: "paragraph", text: warnings.join(" "), tone: "warning" } as const] : []),
    {
      kind: "paragraph",
      text: `Answered by **${literal(model)}** from the passages below: ${facts.join(", ")}.`,
      tone: "quiet",
    },
    { kind: "heading", text: "What the index says", level: 2 },
  ]
}
