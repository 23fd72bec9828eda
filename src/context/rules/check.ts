import { RE2JS } from "re2js"
import { lineAt, lineStarts, truncate } from "../../base/text.ts"
import { type AstGrep, astGrep } from "../../code/ast-grep.ts"
import { type Finding, findingOf, type Span } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import type { Check } from "./check-field.ts"
import type { Rule } from "./rule.ts"

/** A file as rules are checked against it. */
export interface CheckedFile {
  /** Relative to the root. */
  readonly path: string
  readonly text: string
}

/** Places where a file breaks the rule. Throws where the pattern can't be used on it. */
export type RuleCheck = (file: CheckedFile) => Promise<readonly Finding[]>

const mostMatches = 100
/** Larger files are data. */
const mostChars = 1_000_000
const mostEvidence = 200

/** Compiles a rule's check once. A pattern is only for languages that ast-grep reads: elsewhere nothing is found. */
export function checkOf(rule: Rule, check: Check): RuleCheck {
  const regex = check.regex === undefined ? undefined : RE2JS.compile(check.regex, RE2JS.MULTILINE)
  return async (file) => {
    if (file.text.length > mostChars) return []
    const matches = regex ? regexMatches(regex, file.text) : await patternMatches(check.pattern ?? "", file)
    if (matches === undefined) return []
    if (check.expect === "some") return matches.length > 0 ? [] : [missing(rule, check, file)]
    const seen = new Map<string, number>()
    return matches.map((match) => {
      const evidence = truncate(match.text.replaceAll(/\s+/g, " ").trim(), mostEvidence)
      const nth = seen.get(evidence) ?? 0
      seen.set(evidence, nth + 1)
      return findingOf({ ...saying(rule, check), ...match.span, path: file.path, evidence }, nth)
    })
  }
}

interface Match {
  readonly span: Span
  readonly text: string
}

function saying(rule: Rule, check: Check) {
  return {
    rule: `rules/${rule.id}`,
    severity: rule.isHard ? ("error" as const) : ("warning" as const),
    message: check.message ?? `This breaks the rule "${rule.title}".`,
    explanation: truncate(rule.text, 2_000),
    tags: ["rule", ...rule.tags],
  }
}

const missing = (rule: Rule, check: Check, { path }: CheckedFile): Finding =>
  findingOf({
    ...saying(rule, check),
    message: check.message ?? `What the rule "${rule.title}" demands is not there.`,
    path,
    evidence: `no match of ${check.pattern ?? check.regex}`,
  })

function regexMatches(regex: RE2JS, text: string): Match[] {
  const starts = lineStarts(text)
  const matcher = regex.matcher(text)
  const found: Match[] = []
  while (found.length < mostMatches && matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()]
    const a = placeIn(starts, from)
    const b = placeIn(starts, to)
    const span = { startLine: a.line, startColumn: a.column, endLine: b.line, endColumn: b.column }
    found.push({ span, text: text.slice(from, to) })
  }
  return found
}

async function patternMatches(pattern: string, { path, text }: CheckedFile): Promise<Match[] | undefined> {
  const language = languageOf(path, text.slice(0, 200))?.id
  const grep: AstGrep = await astGrep()
  if (language === undefined || !grep.knows(language)) return undefined
  return grep
    .parse(language, text)
    .root()
    .findAll(pattern)
    .slice(0, mostMatches)
    .map((node) => {
      const { start, end } = node.range()
      const span = {
        startLine: start.line + 1,
        startColumn: start.column + 1,
        endLine: end.line + 1,
        endColumn: end.column + 1,
      }
      return { span, text: node.text() }
    })
}

function placeIn(starts: readonly number[], offset: number): { line: number; column: number } {
  const line = lineAt(starts, offset)
  return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
}
