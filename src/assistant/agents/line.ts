import { strictestMode } from "../../access/permissions/mode.ts"
import type { Limits } from "../../access/permissions/rights.ts"
import type { ConversationState } from "../conversation/state.ts"
import type { Tool } from "../tools/tool.ts"

/** A conversation and those it works for, the one that a person began first. */
export type Line<C extends { readonly state: ConversationState } = { readonly state: ConversationState }> = readonly [
  C,
  ...C[],
]

/**
 * The bounds of each agent below the person's own conversation, as they are now: what its parent gave it, and the mode
 * its conversation was set to since, whichever is stricter.
 */
export function limitsOf([, ...agents]: Line): readonly Limits[] {
  return agents.map(({ state: { agent, mode } }) => ({
    agent: agent?.name ?? "sub-agent",
    mode: agent?.mode === undefined ? mode : strictestMode(mode, agent.mode),
    ...(agent?.tools && { only: agent.tools.map((pattern) => ({ kind: "tool", pattern }) as const) }),
  }))
}

/** The tools that every agent of the line was given. */
export function toolsOf(tools: ReadonlyMap<string, Tool>, [, ...agents]: Line): ReadonlyMap<string, Tool> {
  const isGiven = (name: string) => agents.every(({ state: { agent } }) => agent?.tools?.includes(name) ?? true)
  return new Map([...tools].filter(([name]) => isGiven(name)))
}
