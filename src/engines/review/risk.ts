import { count } from "../../base/text.ts"
import type { ChangedSymbol, Review, ReviewedFile, Risk } from "./review.ts"

export interface PastOf {
  /** Commits that touched the changed files, the newest hundred of each, counted once. */
  readonly commits: number
  /** Those of them whose subject says that they mend something. */
  readonly fixes: number
}

interface Facts {
  readonly files: readonly ReviewedFile[]
  readonly symbols: readonly ChangedSymbol[]
  readonly missingTests: Review["missingTests"]
  readonly past: PastOf
}

interface Factor {
  readonly name: string
  readonly most: number
  /** For people, and the very thing `points` counts. */
  readonly formula: string
  points(facts: Facts): number
  says(facts: Facts): string
}

const lines = ({ files }: Facts) => files.reduce((sum, file) => sum + file.addedLines + file.removedLines, 0)
const reach = ({ symbols }: Facts) =>
  symbols.filter(({ change }) => change !== "added").reduce((sum, { dependants }) => sum + dependants, 0)
const broken = ({ symbols }: Facts) => symbols.filter((one) => one.isExported && isGone(one.change))
const altered = ({ symbols }: Facts) => symbols.filter((one) => one.isExported && one.change === "signature")
const isGone = (change: ChangedSymbol["change"]) => change === "removed" || change === "renamed" || change === "moved"
const sensitive = ({ files }: Facts) => [
  ...new Set(files.flatMap((file) => file.sensitive).filter((name) => name !== "build" && name !== "dependencies")),
]
const upkeep = ({ files }: Facts) =>
  new Set(files.flatMap((file) => file.sensitive).filter((name) => name === "build" || name === "dependencies")).size

const factors: readonly Factor[] = [
  {
    name: "size",
    most: 15,
    formula: "1 point for each 30 changed lines",
    points: (facts) => lines(facts) / 30,
    says: (facts) => `${count(lines(facts), "line")} in ${count(facts.files.length, "file")}`,
  },
  {
    name: "reach",
    most: 20,
    formula: "4 x log2(1 + dependants of what was changed or removed)",
    points: (facts) => 4 * Math.log2(1 + reach(facts)),
    says: (facts) => `${count(reach(facts), "place")} depend on it`,
  },
  {
    name: "public interface",
    most: 25,
    formula: "10 for each exported definition that is gone, 5 for each whose signature is another",
    points: (facts) => 10 * broken(facts).length + 5 * altered(facts).length,
    says: (facts) => `${broken(facts).length} exported gone, ${altered(facts).length} with another signature`,
  },
  {
    name: "sensitive files",
    most: 20,
    formula: "10 for each of security, concurrency and migration that is touched, 3 for build and dependencies each",
    points: (facts) => 10 * sensitive(facts).length + 3 * upkeep(facts),
    says: (facts) => [...new Set(facts.files.flatMap((file) => file.sensitive))].join(", ") || "none",
  },
  {
    name: "history",
    most: 10,
    formula: "1 for each 5 commits of these files, 1 for each 2 of them that mended something",
    points: ({ past }) => past.commits / 5 + past.fixes / 2,
    says: ({ past }) => `${count(past.commits, "commit")}, ${past.fixes} of them mended something`,
  },
  {
    name: "missing tests",
    most: 10,
    formula: "2 for each changed exported definition without a changed test",
    points: ({ missingTests }) => 2 * missingTests.length,
    says: ({ missingTests }) => `${missingTests.length} without`,
  },
]

/** How much can go wrong: the sum of its factors, each stated and bounded, together at most 100. */
export function riskOf(facts: Facts): Risk {
  const counted = factors.map(({ name, most, formula, points, says }) => ({
    name,
    points: Math.min(most, Math.round(points(facts))),
    most,
    formula,
    says: says(facts),
  }))
  const score = counted.reduce((sum, { points }) => sum + points, 0)
  const level = score < 20 ? "low" : score < 45 ? "medium" : score < 70 ? "high" : "critical"
  return { score, level, factors: counted }
}
