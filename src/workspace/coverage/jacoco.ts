import type { Branch, CoverageReport, FileCoverage } from "./coverage.ts"
import { attribute, children, type Element, wholeOf } from "./xml.ts"

/** JaCoCo's report.dtd: `nr` line, `mi`/`ci` missed and covered instructions, `mb`/`cb` missed and covered branches. */
export function readJacoco(document: Element): CoverageReport {
  const problems: string[] = []
  const files: FileCoverage[] = []
  const visit = (of: Element) => {
    for (const group of children(of, "group")) visit(group)
    for (const each of children(of, "package")) files.push(...filesOf(each, problems))
  }
  for (const report of children(document, "report")) visit(report)
  return { format: "jacoco", files, bases: [], problems }
}

function filesOf(of: Element, problems: string[]): FileCoverage[] {
  const folder = attribute(of, "name") ?? ""
  return children(of, "sourcefile").flatMap((file) => {
    const name = attribute(file, "name")
    if (name === undefined) {
      problems.push(`package "${folder}" has a source file without a name`)
      return []
    }
    const path = folder === "" ? name : `${folder}/${name}`
    const lines = new Map<number, number>()
    const branches: Branch[] = []
    for (const line of children(file, "line")) {
      const number = wholeOf(line, "nr")
      if (number === undefined) {
        problems.push(`${path}: a line without a number`)
        continue
      }
      // JaCoCo doesn't say how often: 1 stands for at least once.
      lines.set(number, (wholeOf(line, "ci") ?? 0) > 0 ? 1 : 0)
      const [missed, taken] = [wholeOf(line, "mb") ?? 0, wholeOf(line, "cb") ?? 0]
      if (missed + taken > 0) branches.push({ line: number, taken, arms: missed + taken })
    }
    const functions = children(of, "class")
      .filter((each) => attribute(each, "sourcefilename") === name)
      .flatMap((each) => children(each, "method"))
      .flatMap((method) => {
        const line = wholeOf(method, "line")
        const counter = children(method, "counter").find((each) => attribute(each, "type") === "METHOD")
        if (line === undefined || !counter) return []
        return [{ name: attribute(method, "name") ?? "", line, hits: wholeOf(counter, "covered") ?? 0 }]
      })
    return [{ path, lines, branches, functions }]
  })
}
