import { z } from "zod"
import { modes } from "../../access/permissions/mode.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const delegateTool = defineTool({
  name: "delegate",
  description:
    "Gives a task to another agent, which works by itself in a conversation of its own and reports once. Take it for work " +
    "that would fill this conversation with what you don't need afterwards, and for parts that can be done side by side: " +
    "call it several times in one answer. It knows nothing of this conversation: say all that matters. It can never do " +
    "more than you may.",
  input: z.object({
    task: z.string().min(1).describe("All that it has to know, and what to report"),
    agent: z.string().default("general").describe("The kind of agent, by name"),
    tools: z.array(z.string()).optional().describe("Only these of its tools"),
    mode: z.enum(modes).optional().describe("A stricter mode, such as plan: read only"),
  }),
  // It does nothing by itself: each step of the agent is judged on its own.
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ task, agent, tools, mode }, call: ToolCall<ToolServices>) {
    const { delegate, kinds, line } = call.services.agents
    const kind = kinds.get(agent)
    if (!kind) {
      return textOutcome(`There is no agent ${agent}. There are: ${[...kinds.keys()].join(", ")}.`, { isError: true })
    }
    const { signal, progress } = call
    const bounds = { ...(tools && { tools }), ...(mode && { mode }) }
    const done = await delegate({ line, call: call.id, kind, task, ...bounds, signal, progress })
    const { how, why, report, conversation, costUsd, ledger } = done
    const end = how === "done" ? "" : `The agent did not finish (${how}): ${why}`
    return textOutcome([end, report].filter((text) => text !== "").join("\n\n") || "The agent reported nothing.", {
      isError: how !== "done",
      details: { conversation, agent, how, why, costUsd },
      costUsd,
      ledger,
    })
  },
})
