import { asDuckError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { CodeIndex } from "../code/code-index.ts"
import type { AskAnswer, ModelAnswer } from "../engines/ask/answer.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { markdownBlocks } from "./llm/markdown-blocks.ts"
import { spokenCost, spokenMs, spokenTokens } from "./llm/spoken.ts"

/** Most tokens of a question that go to rules. */
const ruleTokens = 2_000

/** The answer with a model's beside it; one that fails is told, and the index's answer stays. */
export async function withModel(
  answer: AskAnswer,
  { model, index, root }: { readonly model: string; readonly index: CodeIndex; readonly root: string },
  { host, actor, signal, progress, tell, project, config }: CommandContext,
): Promise<AskAnswer> {
  const { askModel } = await import("../engines/ask/model-answer.ts")
  progress({ phase: "model", message: model === "" ? "Asking the model" : `Asking ${model}` })
  try {
    const rules = await (await host.rules()).of(await project())
    const held = rules.applicable({ user: actor.id, task: `ask ${answer.question}`, budgetTokens: ruleTokens })
    rules.used(held.rules)
    // Where the user named no model, a rule may ask for one that the user has named for its class.
    const wanted = held.model && Object.hasOwn(config().values["llm.aliases"], held.model.class) ? held.model.class : ""
    const modelAnswer = await askModel(answer, {
      call: host.models.call,
      model: model || wanted,
      rules: held.rules,
      index,
      attribution: { user: actor.id, project: root, command: "ask" },
      signal,
      onText: (text) => tell({ text }),
    })
    return { ...answer, madeBy: "model", modelAnswer }
  } catch (thrown) {
    if (signal.aborted) throw thrown
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
  const { text, model, citations, isCut, inputTokens, outputTokens, costUsd, tookMs } = answer
  const missing = citations.filter(({ found }) => found === "missing").length
  const unseen = citations.filter(({ found }) => found === "file").length
  const checked = citations.length - missing - unseen
  const warnings = [
    ...(isCut ? ["The answer was cut off at its longest."] : []),
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
    ...(warnings.length > 0 ? [{ kind: "paragraph", text: warnings.join(" "), tone: "warning" } as const] : []),
    {
      kind: "paragraph",
      text: `Answered by **${literal(model)}** from the passages below: ${facts.join(", ")}.`,
      tone: "quiet",
    },
    { kind: "heading", text: "What the index says", level: 2 },
  ]
}
