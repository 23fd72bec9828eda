import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"

/** The words in a comment that suppress findings: `duck-ignore rule[, rule]: reason`. */
const marker = "duck-ignore"
const written =
  /(?:\/\/|\/\*+|#|--|<!--|;|%|"""|^\s*\*)[^\n]*?\bduck-ignore\b[ \t]*(?<rules>[\w/*.,@ \t-]*?)[ \t]*(?::[ \t]*(?<reason>[^\n]*?))?[ \t]*(?:\*\/|-->)?[ \t]*$/

interface Suppression {
  readonly line: number
  /** Ids, areas (`security/*`) or `*`. */
  readonly rules: readonly string[]
  readonly reason: string
  /** The line that it speaks of. */
  readonly holdsFor: number
  readonly text: string
}

/** A finding that a comment suppresses. */
export interface Suppressed {
  readonly finding: Finding
  readonly reason: string
}

/** What the comments of a file suppress. A comment with nothing before it is for the next line that is none, else for its own. */
function suppressionsIn(text: string): readonly Suppression[] {
  if (!text.includes(marker)) return []
  const lines = text.split(/\r?\n/)
  return lines.flatMap((line, i): Suppression[] => {
    const found = line.includes(marker) ? written.exec(line) : null
    if (!found?.groups) return []
    const rules = (found.groups.rules ?? "").split(/[\s,]+/).filter((rule) => rule !== "")
    const isAlone = /^\s*(?:\/\/|\/\*|#|--|<!--|\*|;|%|""")/.test(line)
    let at = i
    while (isAlone && at + 1 < lines.length && (at === i || isComment(lines[at] ?? ""))) at += 1
    const reason = (found.groups.reason ?? "").replace(/\s*(?:\*\/|-->|""")\s*$/, "").trim()
    return [{ line: i + 1, rules, reason, holdsFor: at + 1, text: line.trim() }]
  })
}

const isComment = (line: string) => /^\s*(?:\/\/|#(?!!)|--|\/\*.*\*\/\s*$|<!--.*-->\s*$|$)/.test(line)

export interface Judged {
  readonly findings: readonly Finding[]
  readonly suppressed: readonly Suppressed[]
}

/**
 * Takes out what comments suppress. A suppression without a reason or without a rule is itself a finding and suppresses
 * nothing; so is one that suppresses nothing any more, where all rules were looked for (`isWhole`).
 */
export async function withoutSuppressed(
  findings: readonly Finding[],
  {
    index,
    paths,
    isWhole,
  }: {
    readonly index: Pick<CodeIndex, "text" | "search">
    readonly paths: ReadonlySet<string>
    readonly isWhole: boolean
  },
): Promise<Judged> {
  const marked = await markedFiles(index, paths, findings)
  const left: Finding[] = []
  const suppressed: Suppressed[] = []
  const used = new Set<Suppression>()
  for (const finding of findings) {
    const by = marked.get(finding.path)?.find((one) => holds(one, finding))
    if (!by) left.push(finding)
    else {
      used.add(by)
      suppressed.push({ finding, reason: by.reason })
    }
  }
  for (const [path, all] of marked) {
    for (const one of all) {
      if (one.reason === "" || one.rules.length === 0) left.push(problem(path, one, "without-reason"))
      else if (isWhole && !used.has(one)) left.push(problem(path, one, "not-needed"))
    }
  }
  return { findings: left, suppressed }
}

function holds({ rules, reason, holdsFor, line }: Suppression, finding: Finding): boolean {
  if (reason === "" || (finding.startLine !== holdsFor && finding.startLine !== line)) return false
  return rules.some(
    (rule) =>
      rule === "*" || rule === finding.rule || (rule.endsWith("/*") && finding.rule.startsWith(rule.slice(0, -1))),
  )
}

async function markedFiles(
  index: Pick<CodeIndex, "text" | "search">,
  paths: ReadonlySet<string>,
  findings: readonly Finding[],
): Promise<ReadonlyMap<string, readonly Suppression[]>> {
  const { hits } = await index.search({ text: marker, mode: "text", unit: "file", limit: 200 })
  const candidates = new Set([
    ...hits.map(({ path }) => path).filter((path) => paths.has(path)),
    ...findings.map(({ path }) => path),
  ])
  const found = new Map<string, readonly Suppression[]>()
  for (const path of candidates) {
    const all = suppressionsIn((await index.text(path)) ?? "")
    if (all.length > 0) found.set(path, all)
  }
  return found
}

export const suppressionRules = [
  {
    id: "suppression/without-reason",
    severity: "warning" as const,
    explanation:
      "Whoever reads the code later can't tell whether the suppression still holds. Write `duck-ignore <rule>: <reason>`.",
  },
  {
    id: "suppression/not-needed",
    severity: "note" as const,
    explanation: "Nothing is found there any more. Take the comment out, so that it does not hide the next finding.",
  },
]

function problem(path: string, { line, text, rules }: Suppression, kind: "without-reason" | "not-needed"): Finding {
  const about = suppressionRules.find(({ id }) => id.endsWith(kind))
  return findingOf({
    rule: `suppression/${kind}`,
    severity: about?.severity ?? "note",
    message:
      kind === "not-needed"
        ? `This comment suppresses ${rules.join(", ")}, and nothing is found here.`
        : rules.length === 0
          ? "This comment names no rule, so it suppresses nothing."
          : "This comment gives no reason, so it suppresses nothing.",
    path,
    startLine: line,
    evidence: text.slice(0, 200),
    explanation: about?.explanation,
    confidence: kind === "not-needed" ? 0.8 : 1,
    tags: ["suppression"],
  })
}
