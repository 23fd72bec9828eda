import { z } from "zod"
import { AskAnswer } from "../engines/ask/answer.ts"
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
import { defineCommand } from "./command.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"

export const ask = defineCommand({
  name: "ask",
  summary: "Answer a question about this project",
  description:
    "Quotes the passages that matter with path:line, and shows how they hang together, what tests them and what the " +
    "history says. No model, no key and no account is needed.",
  examples: [
    { line: "duck ask where is the token compared", says: "no quotes needed" },
    { line: 'duck ask "what calls openFabric?"', says: "callers, each with its line" },
    { line: 'duck ask "what breaks if I change src/base/ids.ts?"', says: "what depends on it, and its tests" },
    { line: 'duck ask "who changed the retry helper, and why?"', says: "commits in their authors' words" },
  ],
  input: z.object({ question: z.string().trim().min(1).max(10_000).describe("The question, in your own words") }),
  output: AskAnswer,
  positionals: ["question"],
  takesRest: true,
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ question }, context) {
    const index = await indexOf(context)
    const engine = await import("../engines/ask/ask.ts")
    return engine.ask(question, { index, signal: context.signal })
  },
  present: (answer) => [
    { kind: "paragraph", text: answer.headline, tone: answer.isFound ? "normal" : "warning" },
    ...passageBlocks(answer.passages),
    ...connectionBlocks("How it hangs together", answer.connections),
    ...testBlocks(answer.tests),
    ...historyBlocks(answer.history, answer.kind === "who"),
    ...nearestBlocks(answer.nearest),
    ...followUpBlocks(answer.followUps),
    freshnessBlock(answer.freshness, madeWithoutModel),
  ],
  exitCode: ({ isFound }) => (isFound ? 0 : 1),
})
