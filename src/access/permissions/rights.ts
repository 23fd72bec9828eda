import { type Judgement, judge, type Place, stricter, type ToolRequest } from "./judge.ts"
import { type Mode, strictestMode } from "./mode.ts"
import type { Rule, Subject } from "./rule.ts"

/** What an agent may do: the rules and mode of the session, and the limits of each agent between it and the session. */
export interface Rights {
  readonly rules: readonly Rule[]
  readonly mode: Mode
  readonly limits: readonly Limits[]
}

/** How a parent bounds a child. There is nothing here with which a child could be given more. */
export interface Limits {
  /** The child's name, for explanations. */
  readonly agent: string
  readonly mode?: Mode
  /** All else is denied. Undefined: no such bound. */
  readonly only?: readonly Subject[]
  readonly deny?: readonly Subject[]
  readonly ask?: readonly Subject[]
}

/**
 * The rights of an agent started by one that has `parent`. Whatever a child is allowed its parent is allowed: its limits
 * are laid over the parent's and each judgement is the strictest of all. Rights are data: make them anew from the root's
 * when the root's rules or mode change.
 */
export function narrow(parent: Rights, child: Limits): Rights {
  const mode = child.mode === undefined ? parent.mode : strictestMode(parent.mode, child.mode)
  return { rules: parent.rules, mode, limits: [...parent.limits, child] }
}

/** `judge` for an agent at any depth. */
export function judgeFor(request: ToolRequest, rights: Rights, place: Place): Judgement {
  const first = judge(request, rights.rules, rights.mode, place)
  return rights.limits.reduce((before, limits) => bounded(before, request, limits, place), first)
}

function bounded(before: Judgement, request: ToolRequest, limits: Limits, place: Place): Judgement {
  const rule =
    (decision: Rule["decision"]) =>
    (subject: Subject): Rule => ({
      decision,
      subject,
      layer: "session",
      text: `${decision} ${subject.kind} ${subject.pattern}`,
      where: `limits of the agent ${limits.agent}`,
    })
  const rules = [...(limits.deny ?? []).map(rule("deny")), ...(limits.ask ?? []).map(rule("ask"))]
  // In the freest mode, so that nothing but the limits is stricter than what was decided before.
  const found = judge(request, rules, "auto", place)
  let after = withStricter(before, found, (part) => part.rule !== undefined)
  if (limits.only) {
    const within = judge(request, limits.only.map(rule("allow")), "auto", place)
    const outside = within.parts.filter((part) => part.rule === undefined && part.kind !== "wrapper")
    if (outside.length > 0)
      after = denied(
        after,
        outside.map((part) => part.text),
        limits.agent,
      )
  }
  return after
}

function withStricter(
  before: Judgement,
  found: Judgement,
  counts: (part: Judgement["parts"][number]) => boolean,
): Judgement {
  const [worst] = found.parts.filter(counts).sort((a, b) => (stricter(a.decision, b.decision) === a.decision ? -1 : 1))
  if (!worst || stricter(before.decision, worst.decision) === before.decision) return before
  return { decision: worst.decision, rule: worst.rule, why: worst.why, parts: [...before.parts, worst] }
}

function denied(before: Judgement, texts: readonly string[], agent: string): Judgement {
  const why = `The agent ${agent} was not given the right to ${texts.join(", ")}.`
  const part = { kind: "tool", text: texts.join(", "), decision: "deny", rule: undefined, why } as const
  return { decision: "deny", rule: undefined, why, parts: [...before.parts, part] }
}
