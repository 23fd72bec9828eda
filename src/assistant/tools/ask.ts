import { z } from "zod"
import { defineTool, textOutcome } from "./services.ts"

export const askTool = defineTool({
  name: "ask",
  description:
    "Asks the user a question, where a wrong guess would cost more than the question. One question at a time.",
  input: z.object({
    question: z.string().min(1),
    options: z.array(z.string().min(1)).max(8).default([]).describe("Answers to choose from, where there are such"),
  }),
  effect: "asks",
  recovery: "repeat",
  touches: () => [],
  question: ({ question, options }) => [question, ...options.map((option, at) => `${at + 1}. ${option}`)].join("\n"),
  async run() {
    return textOutcome("The user did not answer.", { isError: true })
  },
})
