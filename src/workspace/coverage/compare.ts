import { type FileCoverage, type Totals, totalsOf } from "./coverage.ts"

export interface Gained {
  readonly path: string
  readonly before: Totals
  readonly after: Totals
  /** Lines that ran only now, and that ran only before. */
  readonly gained: readonly number[]
  readonly lost: readonly number[]
}

const nothing = { lines: new Map<number, number>(), branches: [] }

/** What changed between two reports, file by file; files in which nothing did are left out. */
export function compared(before: readonly FileCoverage[], after: readonly FileCoverage[]): Gained[] {
  const [old, now] = [before, after].map((files) => new Map(files.map((file) => [file.path, file])))
  const paths = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])
  return [...paths].sort().flatMap((path) => {
    const [one, other] = [old?.get(path) ?? nothing, now?.get(path) ?? nothing]
    const only = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>) =>
      [...a].filter(([line, hits]) => hits > 0 && !(b.get(line) ?? 0)).map(([line]) => line)
    const [gained, lost] = [only(other.lines, one.lines), only(one.lines, other.lines)]
    const [was, is] = [totalsOf([one]), totalsOf([other])]
    if (gained.length + lost.length === 0 && was.branchesTaken === is.branchesTaken) return []
    return [{ path, before: was, after: is, gained: gained.sort((a, b) => a - b), lost: lost.sort((a, b) => a - b) }]
  })
}
