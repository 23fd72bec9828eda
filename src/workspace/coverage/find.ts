import { stat } from "node:fs/promises"
import { join } from "node:path"

/** Where tools write it by default, relative to a project. */
const places = [
  "coverage/lcov.info",
  "coverage/coverage-final.json",
  "coverage/cobertura-coverage.xml",
  "lcov.info",
  "coverage.lcov",
  "coverage.xml",
  "cobertura.xml",
  "coverage.out",
  "cover.out",
  "coverage.txt",
  "coverage.json",
  "target/site/jacoco/jacoco.xml",
  "build/reports/jacoco/test/jacocoTestReport.xml",
  "target/llvm-cov/coverage.json",
  "cover/excoveralls.xml",
  "cover/lcov.info",
  "coverage/.resultset.json",
]

/** The youngest coverage file in a folder; undefined where there is none at the usual places. */
export async function findCoverage(root: string): Promise<string | undefined> {
  const found = await Promise.all(
    places.map(async (path) => {
      const stats = await stat(join(root, path)).catch(() => undefined)
      return stats?.isFile() ? [{ path, mtimeMs: stats.mtimeMs }] : []
    }),
  )
  return found.flat().sort((a, b) => b.mtimeMs - a.mtimeMs)[0]?.path
}
