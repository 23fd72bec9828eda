import { type Finding, findingOf } from "../../code/finding.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import { type ChangedFile, linesOf } from "./change-set.ts"
import type { ChangedSymbol } from "./review.ts"

interface LineCheck {
  readonly rule: string
  readonly severity: Finding["severity"]
  readonly line: RegExp
  readonly isFor: (path: string) => boolean
  readonly message: string
  readonly explanation: string
}

const always = () => true
const isScript = (path: string) => /\.[cm]?[jt]sx?$/.test(path)

/** What a finished change does not have in its lines, whatever the language's analyzers say. */
const lineChecks: readonly LineCheck[] = [
  {
    rule: "review/conflict-marker",
    severity: "error",
    line: /^(?:<{7} |>{7} |={7}$)/,
    isFor: (path) => !/\.(?:md|rst|txt|adoc)$/.test(path),
    message: "A merge conflict is not resolved here.",
    explanation: "Choose one of the sides, or join them, and take the marks out.",
  },
  {
    rule: "review/focused-test",
    severity: "error",
    line: /\b(?:describe|it|test|context|suite)\.only\s*\(|^\s*f(?:describe|it)\s*\(/,
    isFor: (path) => isTestPath(path) && isScript(path),
    message: "Only this test is run: the others of the file are silently left out.",
    explanation: "`.only` is for trying things out. Take it out before others rely on the tests.",
  },
  {
    rule: "review/skipped-test",
    severity: "warning",
    line: /\b(?:describe|it|test)\.skip\s*\(|^\s*x(?:describe|it)\s*\(|@pytest\.mark\.skip\b|@unittest\.skip\b|\bt\.Skip(?:Now|f)?\(|#\[ignore\b|@Disabled\b|@Ignore\b/,
    isFor: isTestPath,
    message: "A test is left out by this change.",
    explanation: "Mend it, or say in the change why it must not run and what brings it back.",
  },
  {
    rule: "review/debugger",
    severity: "warning",
    line: /^\s*debugger\b;?\s*$|\b(?:pdb|ipdb)\.set_trace\(\)|^\s*breakpoint\(\)\s*$|\bbinding\.pry\b|\bdbg!\(/,
    isFor: always,
    message: "A debugging aid was left in.",
    explanation: "It stops or slows the program for whoever runs it.",
  },
]

/** What can be seen of the new lines alone. */
export function lineFindings(file: ChangedFile): Finding[] {
  const { path, after, added } = file
  if (after === null) return []
  const lines = linesOf(after)
  const findings: Finding[] = []
  for (const { startLine, endLine } of added) {
    for (let line = startLine; line <= endLine; line++) {
      const text = lines[line - 1] ?? ""
      for (const { rule, severity, line: sign, isFor, message, explanation } of lineChecks) {
        if (!isFor(path) || !sign.test(text)) continue
        findings.push(
          findingOf({
            rule,
            severity,
            message,
            path,
            startLine: line,
            endLine: line,
            evidence: text.trim(),
            explanation,
          }),
        )
      }
    }
  }
  return [...findings, ...secretFindings(file, lines)]
}

function secretFindings({ path, added }: ChangedFile, lines: readonly string[]): Finding[] {
  return added.flatMap(({ startLine, endLine }) => {
    const masker = secretMasker()
    const masked = linesOf(masker.mask(lines.slice(startLine - 1, endLine).join("\n")))
    const at = masked.findIndex((line) => /\[secret:[\w-]+:\d+\]/.test(line))
    if (at < 0) return []
    const format = masker
      .report()
      .map((one) => one.format)
      .join(", ")
    return [
      findingOf({
        rule: "review/secret",
        severity: "error",
        message: `What looks like a secret (${format}) would be committed.`,
        path,
        startLine: startLine + at,
        // Masked: a finding goes to logs and to models.
        evidence: (masked[at] ?? "").trim(),
        explanation:
          "What is once in the history stays there. Read it from the environment; where it was real, change it.",
        confidence: isTestPath(path) ? 0.4 : 0.8,
        tags: ["security"],
      }),
    ]
  })
}

/** What the uses of changed definitions say: code that this change leaves behind. */
export function useFindings(symbols: readonly ChangedSymbol[]): Finding[] {
  return symbols.flatMap((symbol) => {
    const left = symbol.uses.filter(({ isTouched }) => !isTouched)
    const [first] = left
    if (!first) return []
    const related = left.slice(0, 10).map(({ path, line, text }) => ({ ...at(line), path, says: text }))
    const rest = left.length > 1 ? ` and ${left.length - 1} more` : ""
    if (symbol.change === "signature") {
      return [
        findingOf({
          rule: "review/callers-unchanged",
          severity: "warning",
          message: `The signature of \`${symbol.name}\` changed, and its use in ${first.path}:${first.line}${rest} did not.`,
          path: symbol.path,
          startLine: symbol.startLine,
          evidence: `${symbol.signatureBefore} -> ${symbol.signature}`,
          explanation: "Look whether each of these still means what it says. A type checker tells for typed code.",
          confidence: 0.6,
          related,
        }),
      ]
    }
    return []
  })
}

const at = (line: number) => ({ startLine: line, startColumn: 1, endLine: line, endColumn: 1 })

/** Imports of names that this change removes, in files as they are now. */
export function removedButImported(
  symbol: ChangedSymbol,
  importers: readonly { readonly path: string; readonly line: number; readonly text: string }[],
): Finding[] {
  return importers.map(({ path, line, text }) =>
    findingOf({
      rule: "review/removed-but-used",
      severity: "error",
      message: `\`${symbol.name}\` of ${symbol.from?.split("#")[0] ?? symbol.path} is ${symbol.change === "removed" ? "removed" : `${symbol.change} to ${symbol.path}`}, and is still imported here.`,
      path,
      startLine: line,
      evidence: text.trim(),
      explanation: "Change the import with the definition, or keep what is exported.",
      confidence: 0.9,
      tags: ["context"],
    }),
  )
}
