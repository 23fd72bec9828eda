import { z } from "zod"
import { AskAnswer } from "../engines/ask/answer.ts"
import { errorBlocks, modelBlocks, withModel } from "./ask-model.ts"
import {
  connectionBlocks,
  followUpBlocks,
  freshnessBlock,
  historyBlocks,
  madeWithoutModel,
  nearestBlocks,
  passageBlocks,
  testBlocks,
} from "./code-blocks.ts"
import { defineCommand, TextItem } from "./command.ts"
import { ContextFlags, ModelFlags, runOptions } from "./engine-run.ts"
import { indexingTimeoutMs, readyProject } from "./indexed.ts"

export const ask = defineCommand({
  name: "ask",
  summary: "Answer a question about this project",
  description:
    "Quotes the passages that matter with path:line, and shows how they hang together, what tests them and what the " +
    "history says. No model, no key and no account is needed. Where a model is connected (`duck llm connect`), it " +
    "answers from the same passages, and every place it cites is checked.",
  examples: [
    { line: "duck ask where is the token compared", says: "no quotes needed" },
    { line: 'duck ask "what calls openFabric?"', says: "callers, each with its line" },
    { line: 'duck ask "what breaks if I change src/base/ids.ts?"', says: "what depends on it, and its tests" },
    { line: "duck ask --model openai/gpt-6.1-sol how does recovery work", says: "answered by that model" },
    { line: 'duck ask "who changed the retry helper, and why?"', says: "commits in their authors' words" },
  ],
  input: z.object({
    question: z.string().trim().min(1).max(10_000).describe("The question, in your own words"),
    ...ModelFlags,
    ...ContextFlags,
  }),
  output: AskAnswer,
  item: TextItem,
  positionals: ["question"],
  takesRest: true,
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ question, model, noModel, open, session }, context) {
    const options = runOptions({ model, noModel, open, session })
    const { index, root } = await readyProject(context)
    const engine = await import("../engines/ask/ask.ts")
    const answer = await engine.ask(question, { index, signal: context.signal })
    const wanted = model !== undefined || (!noModel && context.host.models.hasModel(root))
    // Where the index has nothing, a model could only guess.
    return wanted && answer.isFound ? withModel(answer, options, context) : answer
  },
  present: (answer) => [
    ...(answer.modelError ? errorBlocks(answer.modelError) : []),
    ...(answer.modelAnswer ? modelBlocks(answer.modelAnswer) : []),
    { kind: "paragraph", text: answer.headline, tone: answer.isFound ? "normal" : "warning" },
    ...passageBlocks(answer.passages),
    ...connectionBlocks("How it hangs together", answer.connections),
    ...testBlocks(answer.tests),
    ...historyBlocks(answer.history, answer.kind === "who"),
    ...nearestBlocks(answer.nearest),
    ...followUpBlocks(answer.followUps),
    freshnessBlock(answer.freshness, answer.modelAnswer ? "Evidence from the index: " : madeWithoutModel),
  ],
  exitCode: ({ isFound }) => (isFound ? 0 : 1),
})
