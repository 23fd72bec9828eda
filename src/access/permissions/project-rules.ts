import { join } from "node:path"
import { z } from "zod"
import type { Rule } from "./rule.ts"
import { rulesIn, ruleText } from "./rule-file.ts"
import { sha256Of, type TrustStore } from "./trust-store.ts"

/** Files of a project that may hold rules, relative to its root; those of another assistant too. */
export const projectRuleFiles = [
  { path: ".duck/permissions.json", isForeign: false },
  { path: ".claude/settings.json", isForeign: true },
  { path: ".claude/settings.local.json", isForeign: true },
] as const

export interface ProjectRules {
  readonly rules: readonly Rule[]
  /** What would allow something, in files that are not trusted as they are. */
  readonly waiting: readonly Rule[]
  readonly warnings: readonly string[]
}

/**
 * A project's rules. Whoever wrote the repository may forbid, and have things asked about; what they allow counts only in
 * files that the user trusts as they are. Read anew each time: an agent may have changed them a moment ago.
 */
export function projectRules(root: string, trust: Pick<TrustStore, "holds">): ProjectRules {
  const rules: Rule[] = []
  const waiting: Rule[] = []
  const warnings: string[] = []
  for (const { path, isForeign } of projectRuleFiles) {
    try {
      const text = ruleText(join(root, path))
      if (text === undefined) continue
      const read = rulesIn(text, path, "project", isForeign)
      const allows = read.rules.filter(({ decision }) => decision === "allow")
      const isTrusted = allows.length > 0 && trust.holds(root, path, sha256Of(text))
      rules.push(...read.rules.filter(({ decision }) => isTrusted || decision !== "allow"))
      if (!isTrusted) waiting.push(...allows)
      warnings.push(...read.warnings)
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error
      warnings.push(`${path}: its rules are not taken: ${why}`)
    }
  }
  return { rules, waiting, warnings }
}
