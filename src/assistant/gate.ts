import type { Audit } from "../access/audit.ts"
import type { Place } from "../access/permissions/judge.ts"
import { judgeFor, type Limits, narrow, type Rights } from "../access/permissions/rights.ts"
import { type Decision, type Rule, readRules, type Subject } from "../access/permissions/rule.ts"
import type { ConversationState } from "./conversation/state.ts"
import type { Found } from "./hooks/hooks.ts"
import type { Gate, GatedCall } from "./loop/options.ts"
import { folderOf, hostOf, requestOf } from "./tool-request.ts"
import type { Tool, Touch } from "./tools/tool.ts"

export interface GateOptions {
  /** Looked at with each call: what a person allows or the mode they set holds from then on. */
  readonly state: () => Pick<ConversationState, "mode" | "allowed" | "wishes">
  /** Of organisation, user and project. */
  readonly rules: () => readonly Rule[]
  readonly tools: ReadonlyMap<string, Tool>
  readonly place: Place
  /** Of each agent between the session and this one, as they are at each call. */
  readonly limits?: () => readonly Limits[]
  /** Hooks: may be stricter, or allow what no rule speaks of. */
  consult?(call: GatedCall, found: Found, signal: AbortSignal): Promise<Pick<Found, "decision" | "why">>
  readonly actor: string
  readonly audit: Pick<Audit, "note">
}

/** The gate of one conversation: the rules, its mode, and what was allowed in it. Refusals are audited. */
export function gateOf(options: GateOptions): Gate {
  const { tools, place, limits = () => [], actor, audit } = options
  return async (call, signal) => {
    const { tool, touches } = call
    const { mode, allowed, wishes } = options.state()
    const canAsk = wishes.canAsk !== false
    if (tool.effect === "asks") {
      return canAsk
        ? { decision: "ask", why: "The assistant asks." }
        : { decision: "deny", why: "There is nobody to ask here: decide by what you know, and say what you assumed." }
    }
    const session = [...allowed.flatMap((call) => sessionRules(call, tools)), ...rulesOfSession(wishes.allow ?? [])]
    const rights = limits().reduce<Rights>(narrow, { rules: [...options.rules(), ...session], mode, limits: [] })
    const request = await requestOf(tool, touches, place.root)
    const judged = judgeFor(request, rights, { ...place, cwd: folderOf(touches, place.root) })
    const found = { decision: judged.decision, why: judged.why, isByRule: judged.rule !== undefined }
    const { decision, why } = (await options.consult?.(call, found, signal)) ?? found
    const settled: Decision = decision === "ask" && !canAsk ? "deny" : decision
    if (settled === "deny") {
      audit.note({ actor, action: "tool.refused", target: tool.name, outcome: "refused", details: { why, mode } })
    }
    const unasked = decision === "ask" && !canAsk ? " There is nobody to ask here; --allow lets it through." : ""
    return { decision: settled, why: `${why}${unasked}` }
  }
}

/** Rules that a person gave with the task. Those that are not understood allow nothing. */
const rulesOfSession = (allow: readonly string[]) =>
  readRules({ layer: "session", where: "--allow", settings: { allow } }).rules

/** What a person allowed for the session, as rules: this command, these files, this host; else the tool. */
function sessionRules(call: ConversationState["allowed"][number], tools: ReadonlyMap<string, Tool>): readonly Rule[] {
  const tool = tools.get(call.name)
  const input = tool?.input.safeParse(parsed(call.arguments))
  if (!tool || !input?.success) return []
  const touches = tool.touches(input.data)
  const subjects = touches.map(subjectOf)
  const meant: readonly Subject[] = subjects.length > 0 ? subjects : [{ kind: "tool", pattern: tool.name }]
  return meant.map((subject) => ({
    decision: "allow",
    subject,
    layer: "session",
    text: `${subject.kind} ${subject.pattern}`,
    where: `your answer to the call ${call.call}`,
  }))
}

function subjectOf(touch: Touch): Subject {
  switch (touch.kind) {
    case "path":
      return { kind: touch.isWrite ? "write" : "read", pattern: touch.path }
    case "command":
      return { kind: "command", pattern: touch.command }
    case "url":
      return { kind: "domain", pattern: hostOf(touch.url) }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
