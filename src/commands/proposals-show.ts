import { z } from "zod"
import { defineCommand } from "./command.ts"
import { ProposalAnswer, proposalBlocks, proposalChoice } from "./proposal/shapes.ts"
import { proposalsOf } from "./proposal/store.ts"

export const proposalsShow = defineCommand({
  name: "proposals.show",
  summary: "Show a proposed change with its hunks",
  examples: [
    { line: "duck proposals show", says: "the newest" },
    { line: "duck proposals show 4f7k2m", says: "one by its id, or the end of it" },
  ],
  input: z.object({
    id: z.string().default("last").describe("Its id or the end of it; `last` is the newest"),
    interactive: z.boolean().default(false).describe("Ask for each hunk whether to write it"),
  }),
  output: ProposalAnswer,
  positionals: ["id"],
  permission: "read",
  async run({ id, interactive }, context) {
    const { state, at: _at, by: _by, ...proposal } = await (await proposalsOf(context)).read(id)
    return { proposal, state, before: null, asks: interactive, held: null }
  },
  present: proposalBlocks,
  choice: proposalChoice,
})
