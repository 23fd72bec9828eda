import type { CompiledRule } from "./compile.ts"
import type { Rule } from "./rule.ts"

/** Two rules that can't both be followed. */
export interface Conflict {
  readonly kind: "same-id" | "decides" | "checks"
  /** Ids, that of the one that goes first last. */
  readonly rules: readonly [string, string]
  readonly paths: readonly [string, string]
  readonly says: string
}

/** Conflicts among rules in their order. `mayMeet`: whether two of them ever hold for one file; by default they do. */
export function conflictsAmong(
  rules: readonly CompiledRule[],
  mayMeet: (a: Rule, b: Rule) => boolean = () => true,
): Conflict[] {
  const conflicts: Conflict[] = []
  const found = (kind: Conflict["kind"], a: Rule, b: Rule, says: string) => {
    if (mayMeet(a, b)) conflicts.push({ kind, rules: [a.id, b.id], paths: [a.path, b.path], says })
  }
  const ids = new Map<string, Rule>()
  const decided = new Map<string, { readonly rule: Rule; readonly value: string }[]>()
  const checked = new Map<string, Rule[]>()
  for (const { rule } of rules) {
    const same = ids.get(rule.id)
    // Another layer or a nearer folder replaces it on purpose.
    if (same && same.layer === rule.layer && same.folder === rule.folder) {
      found("same-id", same, rule, `Two rules are called ${rule.id}: only that of ${rule.path} holds.`)
    }
    ids.set(rule.id, rule)
    for (const [key, value] of Object.entries(rule.decides)) {
      const others = decided.get(key) ?? []
      for (const other of others) {
        if (other.value === value || other.rule.id === rule.id) continue
        const says = `${other.rule.id} wants ${key}: ${other.value}, ${rule.id} wants ${key}: ${value}. The last goes first.`
        found("decides", other.rule, rule, says)
      }
      decided.set(key, [...others, { rule, value }])
    }
    if (!rule.isHard || !rule.check) continue
    const { pattern, regex, expect } = rule.check
    const key = `${pattern === undefined ? "regex" : "pattern"} ${pattern ?? regex}`
    const others = checked.get(key) ?? []
    for (const other of others) {
      if (other.check?.expect === expect || other.id === rule.id) continue
      found("checks", other, rule, `${other.id} and ${rule.id} demand the opposite of each other: ${pattern ?? regex}.`)
    }
    checked.set(key, [...others, rule])
  }
  return conflicts
}

/** Whether two rules surely meet: where neither has a condition that the other lacks, or both have the same. */
export function surelyMeet(a: Rule, b: Rule): boolean {
  const meet = (one: readonly string[], other: readonly string[]) =>
    one.length === 0 || other.length === 0 || one.some((item) => other.includes(item))
  const isWithin = (one: string, other: string) => other === "" || one === other || one.startsWith(`${other}/`)
  return (
    meet(a.globs, b.globs) &&
    meet(a.languages, b.languages) &&
    meet(a.frameworks, b.frameworks) &&
    meet(a.tasks, b.tasks) &&
    (isWithin(a.folder, b.folder) || isWithin(b.folder, a.folder))
  )
}
