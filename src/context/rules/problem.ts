import { type Finding, findingOf } from "../../code/finding.ts"
import type { FrontMatter } from "../front-matter.ts"

/** Something wrong with a file of rules. An error leaves the rule out, a warning does not. */
export function problem(
  name: string,
  severity: "error" | "warning",
  path: string,
  { line, column }: { readonly line: number; readonly column: number },
  message: string,
): Finding {
  const rule = `rules/${name}`
  return findingOf({ rule, severity, message, path, evidence: message, startLine: line, startColumn: column })
}

/** What kept front matter from being read. */
export const frontMatterProblems = ({ problems }: FrontMatter, path: string): Finding[] =>
  problems.map(({ name, message, ...place }) => problem(name, "error", path, place, message))

/** The place of problems that have none of their own. */
export const atTop = { line: 1, column: 1 }
