import { type Finding, findingOf } from "../finding.ts"
import type { FileAnalyzer } from "./analyzer.ts"
import { kindsOf } from "./kinds.ts"
import { isParsed, lineText, type ParsedFileUnderLook, spanOf } from "./place.ts"

const rule = {
  id: "syntax/not-parsed",
  severity: "note",
  explanation:
    "The parser does not understand the file from here on, or a part of it: it has a syntax error, or a syntax that the parser does not know. What stands there is not looked at, so that findings may be missing.",
} as const

/** A file of code that does not parse: without this, a broken file looks like one in which nothing is wrong. */
export const unparsed: FileAnalyzer = {
  name: "unparsed",
  scope: "file",
  version: 1,
  rules: [rule],
  run: (file) => (isParsed(file) && file.tree.hasErrors ? [unparsedIn(file)] : []).filter((one) => one !== undefined),
}

/** Languages whose parsers stumble over macros and templates of files that are right. */
const preprocessed = new Set(["c", "cpp"])

function unparsedIn(file: ParsedFileUnderLook): Finding | undefined {
  const { tree, path, language } = file
  if (!kindsOf(tree, language).syntax) return undefined
  let node = 0
  while (node < tree.count && tree.type(node) !== "ERROR") node++
  const start = (node < tree.count ? tree.start[node] : 0) ?? 0
  return findingOf({
    rule: rule.id,
    severity: rule.severity,
    path,
    message: "This does not parse; what stands here is not looked at.",
    evidence: lineText(file, start),
    confidence: preprocessed.has(language) ? 0.3 : 0.7,
    explanation: rule.explanation,
    tags: ["syntax"],
    ...spanOf(file, start, start),
  })
}
