import type { FileAnalyzer } from "./analyzer.ts"
import { securityRules } from "./rules/rules.ts"
import { securityFindings } from "./security/find.ts"

/** Calls, assignments and options that can do harm, and data from outside on its way to them. */
export const security: FileAnalyzer = {
  name: "security",
  scope: "file",
  version: 3,
  rules: securityRules.map(({ id, title, severity, explanation, cwe }) => ({
    id,
    severity,
    explanation: `${title}. ${explanation} (${cwe.map((number) => `CWE-${number}`).join(", ")})`,
  })),
  run: ({ path, language, tree }) => (tree ? securityFindings({ path, language, tree }) : []),
}
