import type { CoverageReport, FileCoverage } from "./coverage.ts"

/** `path:line.column,line.column statements hits`, as golang.org/x/tools/cover reads it. */
const block = /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$/

/** Go's coverprofile. Blocks overlap where several packages' tests ran: the largest count is kept, as `go tool cover`. */
export function readGoProfile(text: string): CoverageReport {
  const files = new Map<string, Map<number, number>>()
  const problems: string[] = []
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || line.startsWith("mode:")) continue
    const found = block.exec(line)
    if (!found) {
      problems.push(`line ${n + 1}: "${line.slice(0, 80)}"`)
      continue
    }
    const [, path = "", from, , to, toColumn, , hits] = found
    const lines = files.get(path) ?? new Map<number, number>()
    files.set(path, lines)
    // A block that ends in column 1 or 2 holds nothing of its last line but a brace.
    const last = Math.max(Number(from), Number(toColumn) <= 2 ? Number(to) - 1 : Number(to))
    if (last - Number(from) > 100_000) {
      problems.push(`line ${n + 1}: a block of ${last - Number(from)} lines`)
      continue
    }
    for (let at = Number(from); at <= last; at++) lines.set(at, Math.max(lines.get(at) ?? 0, Number(hits)))
  }
  const all: FileCoverage[] = [...files].map(([path, lines]) => ({ path, lines, branches: [], functions: [] }))
  return { format: "go", files: all, bases: [], problems }
}
