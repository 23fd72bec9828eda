import { z } from "zod"
import { itemStates, type LedgerChange } from "../ledger/change.ts"
import { ledgerText } from "../ledger/text.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const id = z.string().min(1).max(40).describe("A short name of its own, to change it by later")
const text = z.string().min(1)

export const ledgerTool = defineTool({
  name: "ledger",
  description:
    "Keeps what must not be forgotten, however long the conversation becomes: the goal, constraints and decisions in the " +
    "user's own words, and the plan's steps with their states. Write a plan down before work of several steps, and change " +
    "a step's state when it changes. A step that was cancelled stays cancelled. Without changes it gives the ledger.",
  input: z.object({
    goal: text.optional(),
    constraints: z
      .array(z.object({ id, text }))
      .default([])
      .describe("What the user demands or forbids, word for word"),
    decisions: z.array(z.object({ id, text })).default([]),
    withdraw: z
      .array(z.object({ id, why: text }))
      .default([])
      .describe("Constraints or decisions that the user took back"),
    steps: z.array(z.object({ id, text, state: z.enum(itemStates) })).default([]),
  }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ goal, constraints, decisions, withdraw, steps }, call: ToolCall<ToolServices>) {
    const changes: LedgerChange[] = [
      ...(goal === undefined ? [] : [{ kind: "goal" as const, text: goal }]),
      ...constraints.map((one) => ({ kind: "constraint" as const, by: "model" as const, ...one })),
      ...decisions.map((one) => ({ kind: "decision" as const, by: "model" as const, ...one })),
      ...withdraw.map((one) => ({ kind: "withdrawn" as const, ...one })),
      ...steps.map((one) => ({ kind: "step" as const, ...one })),
    ]
    const { ledger } = call.services.conversation.state
    const revived = steps.filter(
      ({ id: step, state }) =>
        state !== "cancelled" && ledger.steps.some((s) => s.id === step && s.state === "cancelled"),
    )
    if (revived.length > 0) {
      const names = revived.map(({ id: step }) => step).join(", ")
      return textOutcome(`Cancelled steps stay cancelled: ${names}. If the user wants it after all, add a new step.`, {
        isError: true,
      })
    }
    if (changes.length === 0) return textOutcome(ledgerText(ledger) || "The ledger is empty.")
    return textOutcome("Noted.", { ledger: changes })
  },
})
