import type { ConversationState } from "../conversation/state.ts"

interface Spender {
  readonly id: string
  readonly state: Pick<ConversationState, "usage" | "turn">
}

/**
 * One budget for a turn and all agents that work for it, at every depth and side by side. What an agent spent is in its
 * parent's usage once it has reported, so that what is spent is the turn's own and that of the agents that still run.
 */
export interface Spending {
  /** A person's turn begins. Gives its limit. */
  begin(root: Spender, maxCostUsd: number): { readonly maxCostUsd: number }
  /** A turn of an agent begins. Its limit is what is left of the root's at the moment when it is looked at. */
  share(root: Spender, agent: Spender): { readonly maxCostUsd: number }
  /** An agent is at work for a root until `report` is called. */
  work(root: Spender, agent: Spender): { report(): void }
}

export function spending(): Spending {
  const begun = new Map<string, { readonly beforeUsd: number; readonly maxCostUsd: number }>()
  const working = new Map<string, Set<Spender>>()

  const leftUsd = (root: Spender): number => {
    const turn = begun.get(root.id)
    if (!turn) return 0
    const agents = [...(working.get(root.id) ?? [])].reduce((sum, { state }) => sum + state.usage.costUsd, 0)
    return turn.maxCostUsd - (root.state.usage.costUsd - turn.beforeUsd) - agents
  }

  return {
    begin(root, maxCostUsd) {
      // Of a turn that was cut off: what it had cost until then counts.
      begun.set(root.id, { beforeUsd: root.state.turn?.costBeforeUsd ?? root.state.usage.costUsd, maxCostUsd })
      return { maxCostUsd }
    },
    share(root, agent) {
      const beforeUsd = agent.state.usage.costUsd
      return {
        get maxCostUsd() {
          return agent.state.usage.costUsd - beforeUsd + leftUsd(root)
        },
      }
    },
    work(root, agent) {
      const agents = working.get(root.id) ?? new Set()
      working.set(root.id, agents.add(agent))
      return {
        report() {
          agents.delete(agent)
          if (agents.size === 0) working.delete(root.id)
        },
      }
    },
  }
}
