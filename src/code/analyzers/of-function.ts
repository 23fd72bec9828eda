import { type Finding, findingOf } from "../finding.ts"
import type { RuleAbout } from "./analyzer.ts"
import type { FunctionFacts } from "./facts.ts"

/** A finding about a whole function, shown at its first line. */
export function ofFunction(
  path: string,
  one: FunctionFacts,
  rule: RuleAbout,
  message: string,
  confidence = 1,
): Finding {
  return findingOf({
    rule: rule.id,
    severity: rule.severity,
    path,
    message,
    evidence: one.head,
    explanation: rule.explanation,
    confidence,
    tags: [rule.id.slice(0, rule.id.indexOf("/"))],
    startLine: one.startLine,
    startColumn: one.startColumn,
    endLine: one.endLine,
    endColumn: 1,
  })
}
