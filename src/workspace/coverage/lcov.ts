import type { Branch, CoverageReport, FileCoverage } from "./coverage.ts"

interface Record {
  path: string
  lines: Map<number, number>
  branches: Branch[]
  functions: Map<string, { name: string; line: number; hits: number }>
}

const record = (path: string): Record => ({ path, lines: new Map(), branches: [], functions: new Map() })

/** Format: geninfo(1), of lcov 1.x and 2.x. Records end with `end_of_record`; what is unknown is passed over. */
export function readLcov(text: string): CoverageReport {
  const files: FileCoverage[] = []
  const problems: string[] = []
  let now: Record | undefined
  const finish = () => {
    if (now) files.push({ ...now, functions: [...now.functions.values()] })
    now = undefined
  }
  for (const [n, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    const wrong = () => problems.push(`line ${n + 1}: "${line.slice(0, 80)}"`)
    if (line === "end_of_record") {
      finish()
      continue
    }
    const [, key = "", rest = ""] = /^([A-Z]+):(.*)$/.exec(line) ?? []
    if (key === "SF") {
      finish()
      now = record(rest)
    } else if (now === undefined) {
      if (key !== "TN" && line !== "" && !line.startsWith("#")) wrong()
    } else if (!put(now, key, rest)) wrong()
  }
  if (now) problems.push("it breaks off inside a record")
  finish()
  return { format: "lcov", files, bases: [], problems }
}

/** False where the record is malformed. */
function put(now: Record, key: string, rest: string): boolean {
  const parts = rest.split(",")
  const [first = "", second = "", third = "", fourth = ""] = parts
  switch (key) {
    case "DA": {
      const [line, hits] = [whole(first), whole(second)]
      if (line === undefined || hits === undefined || line < 1) return false
      now.lines.set(line, (now.lines.get(line) ?? 0) + hits)
      return true
    }
    case "BRDA": {
      const line = whole(first)
      const taken = fourth === "-" ? 0 : whole(fourth)
      if (line === undefined || taken === undefined || third === "") return false
      now.branches.push({ line, taken: taken > 0 ? 1 : 0, arms: 1 })
      return true
    }
    case "FN": {
      const line = whole(first)
      // lcov 2 writes the last line between the first and the name.
      const name = parts.slice(parts.length > 2 && whole(second) !== undefined ? 2 : 1).join(",")
      if (line === undefined || name === "") return false
      now.functions.set(name, { name, line, hits: now.functions.get(name)?.hits ?? 0 })
      return true
    }
    case "FNDA": {
      const hits = whole(first)
      const name = parts.slice(1).join(",")
      if (hits === undefined || name === "") return false
      const known = now.functions.get(name)
      now.functions.set(name, { name, line: known?.line ?? 1, hits })
      return true
    }
    default:
      // Sums (LF, LH, ...) are counted anew.
      return true
  }
}

const whole = (text: string): number | undefined => (/^\d+$/.test(text.trim()) ? Number(text) : undefined)
