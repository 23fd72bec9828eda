import type { Finding } from "../finding.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"
import { ofFunction } from "./of-function.ts"

const cyclomatic = {
  id: "complexity/cyclomatic",
  severity: "warning",
  explanation:
    "Cyclomatic complexity (McCabe 1976) counts the independent paths through a function: one, and one more for each decision. It takes about as many tests to cover them. Split the function along its decisions, or turn them into data.",
} as const satisfies RuleAbout

const cognitive = {
  id: "complexity/cognitive",
  severity: "warning",
  explanation:
    "Cognitive complexity (Campbell 2018) counts what makes a function hard to follow: each break in the flow, and more for a break inside others. Return early, take out inner parts as functions with names, and name long conditions.",
} as const satisfies RuleAbout

/** Functions that are hard to test or to follow. */
export const complexity: ProjectAnalyzer = {
  name: "complexity",
  scope: "project",
  goesBy: "facts",
  rules: [cyclomatic, cognitive],
  run: complexityIn,
}

async function* complexityIn({ facts, limits }: ExaminedProject): AsyncGenerator<Finding> {
  for (const [path, file] of facts) {
    if (file.isGenerated) continue
    for (const one of file.functions) {
      if (one.cyclomatic > limits.cyclomatic) {
        const message = `${one.name} has a cyclomatic complexity of ${one.cyclomatic}; the limit is ${limits.cyclomatic}.`
        yield ofFunction(path, one, cyclomatic, message)
      }
      if (one.cognitive > limits.cognitive && !one.isPart) {
        const inner = one.cognitive - one.ownCognitive
        const where = inner > 0 ? `, ${inner} of it in functions inside it` : ""
        const message = `${one.name} has a cognitive complexity of ${one.cognitive}${where}; the limit is ${limits.cognitive}.`
        yield ofFunction(path, one, cognitive, message)
      }
    }
  }
}
