import { type Finding, findingOf } from "../finding.ts"
import { familyOf, isTestPath } from "../graph/families.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"
import { builtFiles } from "./built-files.ts"
import { type CloneSource, findClones } from "./clones.ts"

const exact = {
  id: "duplicate/exact",
  severity: "warning",
  explanation:
    "The same code stands in two places: a fault in one is a fault in the other, and is easily corrected in only one. Make it a function that both call.",
} as const satisfies RuleAbout

const renamed = {
  id: "duplicate/renamed",
  severity: "note",
  explanation:
    "Two places differ only in names and values: what they do is the same. Make it one function and pass in what differs.",
} as const satisfies RuleAbout

/** Code that stands in two places, the same or with other names and values. */
export const duplicates: ProjectAnalyzer = {
  name: "duplicates",
  scope: "project",
  goesBy: "facts",
  rules: [exact, renamed],
  run: duplicatesIn,
}

const dataLanguages = new Set(["json", "yaml", "toml", "markdown", "html", "text"])

async function* duplicatesIn(project: ExaminedProject, signal: AbortSignal): AsyncGenerator<Finding> {
  const { facts, limits } = project
  const families = new Map<string, CloneSource[]>()
  const built = builtFiles(facts.keys())
  for (const [path, { tokens, language, isGenerated }] of facts) {
    if (isGenerated || built.has(path) || dataLanguages.has(language) || tokens.line.length < limits.duplicateTokens)
      continue
    const family = familyOf(language)
    families.set(family, [...(families.get(family) ?? []), { path, tokens }])
  }
  const { duplicateTokens: leastTokens, renamedTokens: leastRenamed, duplicateLines: leastLines } = limits
  const options = { leastTokens, leastRenamed, leastLines }
  for (const sources of families.values()) {
    signal.throwIfAborted()
    for (const { path, startLine, endLine, original, tokens, type } of findClones(sources, options)) {
      const rule = type === 1 ? exact : renamed
      const isTest = isTestPath(path) || isTestPath(original.path)
      const where = `${original.path}:${original.startLine}-${original.endLine}`
      const lines = `Lines ${startLine}-${endLine}`
      yield findingOf({
        rule: rule.id,
        severity: isTest ? "note" : rule.severity,
        path,
        message:
          type === 1
            ? `${lines} repeat ${where} (${tokens} tokens).`
            : `${lines} repeat ${where} with other names or values (${tokens} tokens).`,
        evidence: await project.line(path, startLine),
        explanation: rule.explanation,
        confidence: type === 1 ? 1 : 0.8,
        tags: ["duplicate", `type-${type}`],
        startLine,
        startColumn: 1,
        endLine,
        endColumn: 1,
        related: [{ ...original, startColumn: 1, endColumn: 1, says: "The other copy" }],
      })
    }
  }
}
