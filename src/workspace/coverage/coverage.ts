/** What one file's tests ran, as a coverage file says it. Lines are 1-based. */
export interface FileCoverage {
  /** As the coverage file writes it, until `checkedCoverage` makes it posix and relative to the root. */
  readonly path: string
  /** Lines that can run, and how often each did. */
  readonly lines: ReadonlyMap<number, number>
  readonly branches: readonly Branch[]
  readonly functions: readonly { readonly name: string; readonly line: number; readonly hits: number }[]
}

/** One way out of a decision. `arms` of one decision share a line; Cobertura and JaCoCo only count them. */
export interface Branch {
  readonly line: number
  readonly taken: number
  readonly arms: number
}

export const coverageFormats = ["lcov", "cobertura", "jacoco", "go", "llvm", "istanbul", "simplecov"] as const
export type CoverageFormat = (typeof coverageFormats)[number]

/** What a coverage file says, unchecked. */
export interface CoverageReport {
  readonly format: CoverageFormat
  readonly files: readonly FileCoverage[]
  /** Folders that relative paths may start from, as the file names them. */
  readonly bases: readonly string[]
  /** Lines of the file that could not be understood, in words. */
  readonly problems: readonly string[]
}

export interface Totals {
  readonly lines: number
  readonly linesRun: number
  readonly branches: number
  readonly branchesTaken: number
}

export function totalsOf(files: Iterable<Pick<FileCoverage, "lines" | "branches">>): Totals {
  let [lines, linesRun, branches, branchesTaken] = [0, 0, 0, 0]
  for (const file of files) {
    lines += file.lines.size
    for (const hits of file.lines.values()) if (hits > 0) linesRun += 1
    for (const { taken, arms } of file.branches) {
      branches += arms
      branchesTaken += Math.min(taken, arms)
    }
  }
  return { lines, linesRun, branches, branchesTaken }
}

/** Several reports of one file, as of several test commands: what one of them ran was run. */
export function merged(files: readonly FileCoverage[]): FileCoverage[] {
  const byPath = new Map<string, FileCoverage>()
  for (const file of files) {
    const known = byPath.get(file.path)
    byPath.set(file.path, known ? both(known, file) : file)
  }
  return [...byPath.values()]
}

function both(one: FileCoverage, other: FileCoverage): FileCoverage {
  const lines = new Map(one.lines)
  for (const [line, hits] of other.lines) lines.set(line, (lines.get(line) ?? 0) + hits)
  // Two reports number the arms of a decision each in their way: the fuller one of each line is kept.
  const branches = new Map<string, Branch>()
  for (const list of [one.branches, other.branches]) {
    const nth = new Map<number, number>()
    for (const branch of list) {
      const n = nth.get(branch.line) ?? 0
      nth.set(branch.line, n + 1)
      const key = `${branch.line} ${n}`
      const known = branches.get(key)
      branches.set(key, known ? { ...branch, taken: Math.max(known.taken, branch.taken) } : branch)
    }
  }
  const functions = new Map(one.functions.map((each) => [`${each.line} ${each.name}`, each]))
  for (const each of other.functions) {
    const key = `${each.line} ${each.name}`
    functions.set(key, { ...each, hits: each.hits + (functions.get(key)?.hits ?? 0) })
  }
  return { path: one.path, lines, branches: [...branches.values()], functions: [...functions.values()] }
}
