import type { Branch, CoverageReport, FileCoverage } from "./coverage.ts"
import { merged } from "./coverage.ts"
import { attribute, children, type Element, textOf, wholeOf } from "./xml.ts"

/** Cobertura's coverage-04.dtd, as coverage.py, gcovr, istanbul and dotnet write it. */
export function readCobertura(document: Element): CoverageReport {
  const root = children(document, "coverage")[0]
  const problems: string[] = []
  const bases = children(root, "sources")
    .flatMap((sources) => (Array.isArray(sources.source) ? sources.source.map(textOf) : []))
    .map((text) => text.trim())
    .filter((text) => text !== "")
  const files: FileCoverage[] = []
  for (const packages of children(root, "packages"))
    for (const each of children(packages, "package"))
      for (const classes of children(each, "classes"))
        for (const one of children(classes, "class")) {
          const path = attribute(one, "filename")
          if (path === undefined) problems.push(`class "${attribute(one, "name") ?? "?"}" names no file`)
          else files.push(fileOf(path, one, problems))
        }
  return { format: "cobertura", files: merged(files), bases, problems }
}

function fileOf(path: string, one: Element, problems: string[]): FileCoverage {
  const lines = new Map<number, number>()
  const branches: Branch[] = []
  for (const line of children(one, "lines").flatMap((list) => children(list, "line"))) {
    const [number, hits] = [wholeOf(line, "number"), wholeOf(line, "hits")]
    if (number === undefined || hits === undefined) {
      problems.push(`${path}: a line without number or hits`)
      continue
    }
    lines.set(number, (lines.get(number) ?? 0) + hits)
    // "50% (1/2)"
    const [, taken, arms] = /\((\d+)\/(\d+)\)/.exec(attribute(line, "condition-coverage") ?? "") ?? []
    if (attribute(line, "branch") === "true" && taken !== undefined && arms !== undefined)
      branches.push({ line: number, taken: Number(taken), arms: Number(arms) })
  }
  const functions = children(one, "methods")
    .flatMap((list) => children(list, "method"))
    .flatMap((method) => {
      const first = children(method, "lines").flatMap((list) => children(list, "line"))[0]
      const line = first && wholeOf(first, "number")
      if (!first || line === undefined) return []
      return [{ name: attribute(method, "name") ?? "", line, hits: wholeOf(first, "hits") ?? 0 }]
    })
  return { path, lines, branches, functions }
}
