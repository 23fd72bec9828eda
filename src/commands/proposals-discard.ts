import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { recordDecision } from "./prompt/outcomes.ts"
import { proposalsOf } from "./proposal/store.ts"

export const proposalsDiscard = defineCommand({
  name: "proposals.discard",
  summary: "Say that a proposed change is not wanted",
  examples: [{ line: "duck proposals discard 4f7k2m", says: "it leaves the list; what it was stays in the log" }],
  input: z.object({
    id: z.string().default("last").describe("Its id or the end of it; `last` is the newest"),
    dryRun: z.boolean().default(false).describe("Say which it would be"),
  }),
  output: z.object({ id: z.string(), title: z.string(), isDone: z.boolean() }),
  positionals: ["id"],
  permission: "write",
  async run({ id: name, dryRun }, context) {
    const proposals = await proposalsOf(context)
    const proposal = await proposals.read(name)
    const { id, title } = proposal
    if (!dryRun) {
      context.saw(proposals.log, await proposals.discard(id, context.actor.id))
      await recordDecision(proposal, "rejected", context)
    }
    return { id, title, isDone: !dryRun }
  },
  present: ({ title, isDone }) => [
    { kind: "paragraph", text: `${isDone ? "Discarded" : "Would discard"}: ${literal(title)}.` },
  ],
})
