import type { EngineTools } from "../pipeline/engine.ts"
import type { ChangeSet } from "../review/change-set.ts"
import { reviewChange } from "../review/review-change.ts"
import { type Explanation, emptyExplanation } from "./explanation.ts"

/** Explains a change: what became of which definition, who uses them, what it can break. */
export async function explainChange(
  changes: ChangeSet,
  { index, signal }: Pick<EngineTools, "index" | "signal">,
): Promise<Explanation> {
  const review = await reviewChange(changes, { index, rulesCritic: async function* () {}, signal })
  const { files, symbols, risk, missingTests, headline } = review
  const [first] = symbols
  return {
    ...emptyExplanation(changes.title, "diff", index),
    headline: `${headline} (${changes.title})`,
    change: { files, symbols, risk, missingTests },
    followUps: [
      ...(first ? [`duck explain ${first.path}:${first.startLine}`] : []),
      ...(files.length > 0 ? ["duck review"] : []),
    ],
  }
}
