import type { Decision } from "./rule.ts"

/** What a tool call does to the world. */
export type Effect = "reads" | "writes" | "executes" | "network"

/** From the strictest to the freest: read only; ask before each change; files are changed unasked; programs too. */
export const modes = ["plan", "ask", "accept-edits", "auto"] as const
export type Mode = (typeof modes)[number]

/** The stricter of two modes. */
export const strictestMode = (a: Mode, b: Mode): Mode => (modes.indexOf(a) <= modes.indexOf(b) ? a : b)

const unasked: Readonly<Record<Mode, readonly Effect[]>> = {
  plan: ["reads"],
  ask: ["reads"],
  "accept-edits": ["reads", "writes"],
  auto: ["reads", "writes", "executes"],
}

/** Why the mode forbids an effect, whatever the rules say; undefined where it does not. */
export function refusalOf(mode: Mode, effect: Effect): string | undefined {
  if (mode !== "plan" || effect === "reads" || effect === "network") return undefined
  return "Plan mode only reads; leave it to change files or run programs."
}

/** What holds where no rule speaks. What goes over the network is always asked about: it may carry something out. */
export function defaultOf(mode: Mode, effect: Effect, text: string): { decision: Decision; why: string } {
  if (unasked[mode].includes(effect))
    return { decision: "allow", why: `Mode ${mode} lets ${text} through: it only ${effect}.` }
  return {
    decision: "ask",
    why: `No rule speaks of ${text}, and mode ${mode} asks before a call that ${effectWords[effect]}.`,
  }
}

const effectWords: Record<Effect, string> = {
  reads: "reads",
  writes: "changes files",
  executes: "runs a program",
  network: "uses the network",
}
