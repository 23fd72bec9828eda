import { z } from "zod"
import type { Branch, CoverageReport, FileCoverage } from "./coverage.ts"

// Older versions give the lines alone. What does not run is null; what `# :nocov:` leaves out is "ignored".
const lines = z.array(z.union([z.number().min(0), z.null(), z.literal("ignored")]))
const branches = z.record(z.string(), z.record(z.string(), z.number().min(0)))
export const SimplecovJson = z
  .record(
    z.string(),
    z.object({ coverage: z.record(z.string(), z.union([lines, z.object({ lines, branches: branches.optional() })])) }),
  )
  .refine((suites) => Object.keys(suites).length > 0)

/** `.resultset.json` of simplecov, which it always writes: the sum of its suites. */
export function readSimplecov(suites: z.infer<typeof SimplecovJson>): CoverageReport {
  const byPath = new Map<string, { lines: Map<number, number>; branches: Map<string, Branch> }>()
  for (const { coverage } of Object.values(suites)) {
    for (const [path, told] of Object.entries(coverage)) {
      const file = byPath.get(path) ?? { lines: new Map(), branches: new Map() }
      byPath.set(path, file)
      const own = Array.isArray(told) ? { lines: told } : told
      for (const [at, count] of own.lines.entries())
        if (typeof count === "number") file.lines.set(at + 1, (file.lines.get(at + 1) ?? 0) + count)
      for (const [decision, arms] of Object.entries(own.branches ?? {})) {
        for (const [arm, count] of Object.entries(arms)) {
          const line = lineOf(decision)
          const id = `${decision} ${arm}`
          const taken = count > 0 || file.branches.get(id)?.taken === 1 ? 1 : 0
          if (line !== undefined) file.branches.set(id, { line, taken, arms: 1 })
        }
      }
    }
  }
  const files = Array.from(
    byPath,
    ([path, file]): FileCoverage => ({
      path,
      lines: file.lines,
      branches: [...file.branches.values()],
      functions: [],
    }),
  )
  return { format: "simplecov", files, bases: [], problems: [] }
}

/** `[:if, 0, 9, 6, 9, 62]`: kind, number, then the line and column of the start and of the end. */
function lineOf(place: string): number | undefined {
  const found = /^\[:?\w+,\s*\d+,\s*(\d+),/.exec(place)
  return found ? Number(found[1]) : undefined
}
