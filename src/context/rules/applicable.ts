import { estimateTokens } from "../../base/tokens.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { stemsOf } from "../words.ts"
import type { CompiledRule } from "./compile.ts"
import { type Conflict, conflictsAmong } from "./conflicts.ts"
import { whetherHolds } from "./holds.ts"
import { isRolledOut } from "./rollout.ts"
import type { ChunkingHint, Format, Layer } from "./rule.ts"
import type { RuleQuery } from "./rule-query.ts"
import { filled } from "./template.ts"

export interface AppliedRule {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly tokens: number
  readonly source: { readonly path: string; readonly layer: Layer; readonly format: Format }
  /** One phrase: "for src/**", "for the language typescript". */
  readonly reason: string
  /** 0 to 1: how much it has to do with file and task. */
  readonly score: number
  readonly isHard: boolean
  /** Names the text as it is: another text, another hash. */
  readonly hash: string
}

export interface Applicable {
  /** In the order in which a prompt has them: the one that goes first stands last. */
  readonly rules: readonly AppliedRule[]
  readonly left: readonly LeftRule[]
  /** Left rules whose description says when they help; a model may read their files. */
  readonly offered: readonly { readonly id: string; readonly path: string; readonly description: string }[]
  readonly conflicts: readonly Conflict[]
  /** The class of model that the rules ask for, and which rule does. */
  readonly model?: { readonly class: string; readonly by: string } | undefined
  readonly chunking?: (ChunkingHint & { readonly by: string }) | undefined
  readonly tokens: number
}

export interface LeftRule {
  readonly id: string
  readonly path: string
  readonly reason: string
}

/** Answers are kept, and nearly all of each are the same rules left for the same reasons. */
const leftRules = new WeakMap<CompiledRule, LeftRule>()

function leftOf(compiled: CompiledRule, reason: string): LeftRule {
  const known = leftRules.get(compiled)
  if (known?.reason === reason) return known
  const { id, path } = compiled.rule
  const left = { id, path, reason }
  leftRules.set(compiled, left)
  return left
}

export interface ApplyOptions {
  readonly project: { readonly name: string; readonly root: string }
  /** Names of what the project uses, in lower case. */
  readonly frameworks: ReadonlySet<string>
}

interface Taken {
  readonly compiled: CompiledRule
  readonly reason: string
  readonly score: number
}

/** The rules that hold for a question, of all in their order, each with why it is in or out. */
export function applicable(rules: readonly CompiledRule[], query: RuleQuery, options: ApplyOptions): Applicable {
  const language = query.language ?? (query.path === undefined ? undefined : languageOf(query.path)?.id)
  const asked = { ...query, language, stems: stemsOf(query.task ?? ""), frameworks: options.frameworks }
  const left: LeftRule[] = []
  const leave = (compiled: CompiledRule, reason: string) => void left.push(leftOf(compiled, reason))
  const taken = new Map<CompiledRule, Taken>()
  const idle = new Map<CompiledRule, string>()
  for (const compiled of rules) {
    const { rule, never } = compiled
    const verdict = never === undefined ? whetherHolds(compiled, asked) : never
    if (typeof verdict === "string") idle.set(compiled, verdict)
    else if (!isRolledOut(rule.rollout, { user: query.user, project: options.project.root, rule: rule.id }))
      idle.set(compiled, `It is rolled out to ${rule.rollout} %, and not to you.`)
    else taken.set(compiled, { compiled, ...verdict })
  }
  const offered = [...idle.keys()].filter(
    ({ rule, never }) => never === undefined && rule.activation === "described" && rule.description !== "",
  )
  bring(rules, taken, idle)
  for (const [compiled, reason] of idle) leave(compiled, reason)

  // From the one that goes first on down: what it replaces, holds already or says alike is left.
  const kept: Taken[] = []
  const gone = new Map<string, string>()
  const texts = new Map<string, string>()
  for (const compiled of rules.toReversed()) {
    const one = taken.get(compiled)
    if (!one) continue
    const { rule, text } = compiled
    const why = gone.get(rule.id) ?? (texts.has(text) && text !== "" ? `${texts.get(text)} says the same.` : undefined)
    if (why !== undefined) {
      leave(compiled, why)
      continue
    }
    kept.unshift(one)
    texts.set(text, rule.path)
    gone.set(rule.id, `The rule of the ${rule.layer} with the same id goes before it (${rule.path}).`)
    for (const id of compiled.replaces) if (!gone.has(id)) gone.set(id, `${rule.id} overrides it.`)
    for (const id of compiled.holds) if (!gone.has(id)) gone.set(id, `It is part of ${rule.id}.`)
  }

  const rendered = kept.map((one): { taken: Taken; applied: AppliedRule } => ({
    taken: one,
    applied: appliedOf(one, { ...asked, project: options.project }),
  }))
  const budget = query.budgetTokens ?? Number.POSITIVE_INFINITY
  let used = 0
  const fitting = new Set<AppliedRule>()
  for (const { applied } of rendered.toSorted(byImportance)) {
    if (used + applied.tokens <= budget) {
      used += applied.tokens
      fitting.add(applied)
    } else {
      const reason = `It has ${applied.tokens} tokens, and ${Math.max(0, budget - used)} of ${budget} are left.`
      left.push({ id: applied.id, path: applied.source.path, reason })
    }
  }
  const applied = rendered.filter((one) => fitting.has(one.applied))
  const model = applied.findLast(({ taken: { compiled } }) => compiled.rule.model !== null)?.taken.compiled.rule
  const chunking = applied.findLast(({ taken: { compiled } }) => compiled.rule.chunking !== null)?.taken.compiled.rule
  return {
    rules: applied.map((one) => one.applied),
    left,
    offered: offered.map(({ rule: { id, path, description } }) => ({ id, path, description })),
    conflicts: conflictsAmong(applied.map((one) => one.taken.compiled)),
    ...(model?.model ? { model: { class: model.model, by: model.id } } : {}),
    ...(chunking?.chunking ? { chunking: { ...chunking.chunking, by: chunking.id } } : {}),
    tokens: used,
  }
}

/** What a rule that holds requires holds with it, whatever its own conditions. */
function bring(rules: readonly CompiledRule[], taken: Map<CompiledRule, Taken>, idle: Map<CompiledRule, string>): void {
  const needy = [...taken.values()].filter(({ compiled }) => compiled.brings.length > 0)
  if (needy.length === 0) return
  const byId = new Map(rules.map((compiled) => [compiled.rule.id, compiled]))
  for (const { compiled, score } of needy) {
    for (const id of compiled.brings) {
      const needed = byId.get(id)
      if (!needed || needed.never !== undefined || taken.has(needed)) continue
      idle.delete(needed)
      taken.set(needed, { compiled: needed, reason: `required by ${compiled.rule.id}`, score })
    }
  }
}

/** Hard ones, then what has most to do with the question, then what goes first. */
function byImportance(a: { taken: Taken; applied: AppliedRule }, b: { taken: Taken; applied: AppliedRule }): number {
  return (
    Number(b.applied.isHard) - Number(a.applied.isHard) ||
    b.applied.score - a.applied.score ||
    b.taken.compiled.rule.priority - a.taken.compiled.rule.priority ||
    (a.applied.id < b.applied.id ? -1 : 1)
  )
}

function appliedOf({ compiled, reason, score }: Taken, facts: Parameters<typeof filled>[1]): AppliedRule {
  const { rule } = compiled
  const text = rule.isTemplate ? filled(compiled.text, facts) : compiled.text
  return {
    id: rule.id,
    title: rule.title,
    text,
    tokens: rule.isTemplate ? compiled.tokens + estimateTokens(text) - estimateTokens(compiled.text) : compiled.tokens,
    source: { path: rule.path, layer: rule.layer, format: rule.format },
    reason,
    score,
    isHard: rule.isHard,
    hash: rule.hash,
  }
}
