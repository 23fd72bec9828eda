import { z } from "zod"
import type { CoverageReport, FileCoverage } from "./coverage.ts"

// Istanbul writes null for lines and columns that it doesn't know.
const at = z.object({ line: z.number().nullish() })
const location = z.object({ start: at.nullish() })
const hits = z.number().min(0)
export const IstanbulJson = z.record(
  z.string(),
  z.object({
    path: z.string(),
    statementMap: z.record(z.string(), location),
    fnMap: z.record(
      z.string(),
      z.object({ name: z.string().catch(""), decl: location.optional(), loc: location.optional() }),
    ),
    branchMap: z.record(z.string(), z.object({ loc: location.optional(), locations: z.array(location).catch([]) })),
    s: z.record(z.string(), hits),
    f: z.record(z.string(), hits),
    b: z.record(z.string(), z.array(hits)),
  }),
)

/** coverage-final.json of istanbul and of what imitates it (vitest, jest, nyc, c8). */
export function readIstanbul(report: z.infer<typeof IstanbulJson>): CoverageReport {
  const problems: string[] = []
  const files = Object.values(report).map((one): FileCoverage => {
    const { path } = one
    const lines = new Map<number, number>()
    for (const [id, { start }] of Object.entries(one.statementMap)) {
      const count = one.s[id]
      if (!start?.line || count === undefined) problems.push(`${path}: statement ${id} has no place or no count`)
      else lines.set(start.line, Math.max(lines.get(start.line) ?? 0, count))
    }
    const branches = Object.entries(one.branchMap).flatMap(([id, { loc, locations }]) => {
      const line = loc?.start?.line ?? locations[0]?.start?.line
      if (!line) return []
      // An arm that isn't written (the else of a lone if) has no place of its own.
      return (one.b[id] ?? []).map((count, arm) => {
        const own = locations[arm]?.start?.line
        return { line: own ?? line, taken: count > 0 ? 1 : 0, arms: 1 }
      })
    })
    const functions = Object.entries(one.fnMap).flatMap(([id, { name, decl, loc }]) => {
      const line = decl?.start?.line ?? loc?.start?.line
      return line ? [{ name, line, hits: one.f[id] ?? 0 }] : []
    })
    return { path, lines, branches, functions }
  })
  return { format: "istanbul", files, bases: [], problems }
}
