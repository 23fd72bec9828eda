import type { Analyzer, FileAnalyzer, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"
import { complexity } from "./complexity.ts"
import { coupling } from "./coupling.ts"
import { dependencies } from "./dependencies.ts"
import { duplicates } from "./duplicates.ts"
import { secrets } from "./secrets.ts"
import { security } from "./security.ts"
import { size } from "./size.ts"
import { smells } from "./smells.ts"
import { testGaps } from "./test-gaps.ts"
import { unparsed } from "./unparsed.ts"
import { unreachable } from "./unreachable.ts"
import { unused } from "./unused.ts"

/** Run on every file, on worker threads. */
export const fileAnalyzers: readonly FileAnalyzer[] = [smells, unreachable, unparsed, security, secrets]

/** Run on the whole, over the facts of its files. */
export const projectAnalyzers: readonly ProjectAnalyzer[] = [
  size,
  complexity,
  coupling,
  duplicates,
  unused,
  testGaps,
  dependencies,
]

export const analyzers: readonly Analyzer[] = [...fileAnalyzers, ...projectAnalyzers]

/** Every rule there is, by its id. */
export const analyzerRules: ReadonlyMap<string, RuleAbout> = new Map(
  analyzers.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule])),
)
