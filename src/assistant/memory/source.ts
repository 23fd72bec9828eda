import type { ContextItem, ContextNeed, ContextSource } from "../../context/context.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { Memory } from "./memory.ts"
import { memoryBudgetTokens, originOf } from "./message.ts"

/** What is remembered and matters for a task, for prompts that belong to no conversation. `project`: its log. */
export function memorySource(memory: Pick<Memory, "recalled">, project: LogId): ContextSource {
  return {
    name: "memory",
    async gather({ task, user }: ContextNeed) {
      const recalled = await memory.recalled({ query: task, project, user, budgetTokens: memoryBudgetTokens })
      return recalled.map(
        ({ memory: one, score }): ContextItem => ({
          id: `memory:${one.id}`,
          source: "memory",
          title: `remembered: ${one.kind}`,
          text: one.text ?? "",
          score: Math.min(0.8, score),
          why: originOf(one),
        }),
      )
    },
  }
}
