import { z } from "zod"
import type { CoverageReport, FileCoverage } from "./coverage.ts"

/**
 * `llvm-cov export`, also as cargo-llvm-cov and swift write it. A segment is line, column, count, hasCount, isRegionEntry,
 * isGapRegion; a branch begins with its line and has the counts of true and false at 4 and 5.
 * Source: llvm/tools/llvm-cov/CoverageExporterJson.cpp
 */
export const LlvmJson = z.object({
  type: z.literal("llvm.coverage.json.export"),
  data: z.array(
    z.object({
      files: z.array(
        z.object({
          filename: z.string(),
          segments: z.array(z.array(z.union([z.number(), z.boolean()]))).default([]),
          branches: z.array(z.array(z.number())).default([]),
        }),
      ),
      functions: z
        .array(
          z.object({
            name: z.string(),
            count: z.number(),
            filenames: z.array(z.string()),
            regions: z.array(z.array(z.number())).default([]),
          }),
        )
        .default([]),
    }),
  ),
})
type File = z.infer<typeof LlvmJson>["data"][number]["files"][number]

/** A region longer than that is no code. */
const mostLines = 100_000

export function readLlvm({ data }: z.infer<typeof LlvmJson>): CoverageReport {
  const problems: string[] = []
  const files = data.flatMap(({ files, functions }) =>
    files.map((file): FileCoverage => {
      const own = functions.filter(({ filenames }) => filenames[0] === file.filename)
      return {
        path: file.filename,
        lines: linesOf(file, problems),
        branches: file.branches.flatMap(([line = 1, , , , isTrue = 0, isFalse = 0]) => [
          { line, taken: isTrue > 0 ? 1 : 0, arms: 1 },
          { line, taken: isFalse > 0 ? 1 : 0, arms: 1 },
        ]),
        functions: own.map(({ name, count, regions }) => ({ name, line: regions[0]?.[0] ?? 1, hits: count })),
      }
    }),
  )
  return { format: "llvm", files, bases: [], problems }
}

/** A segment's count holds until the next segment; a line's is the largest of what begins in it, else what goes through. */
function linesOf({ filename, segments }: File, problems: string[]): Map<number, number> {
  const lines = new Map<number, number>()
  let open: number | undefined
  let reached = 0
  for (const [line, , count, hasCount, isEntry, isGap] of segments) {
    if (typeof line !== "number" || typeof count !== "number" || line < reached || line - reached > mostLines) {
      problems.push(`${filename}: segments that are not in order`)
      return lines
    }
    if (open !== undefined) for (let at = reached + 1; at < line; at++) lines.set(at, open)
    if (open !== undefined && !lines.has(line)) lines.set(line, open)
    const counts = hasCount === true && isGap !== true
    if (counts && isEntry === true) lines.set(line, reached === line ? Math.max(lines.get(line) ?? 0, count) : count)
    open = counts ? count : undefined
    reached = line
  }
  return lines
}
