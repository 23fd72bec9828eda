import { count, truncate } from "../../base/text.ts"
import type { Finding, Severity } from "../../code/finding.ts"
import { type Block, inlineCode, literal } from "../document.ts"

/** More than a person reads at once. */
const mostShown = 100
const spoken: Record<Severity, string> = { error: "error", warning: "warning", note: "note" }

/** Findings as a person reads them: file by file in the order given, each with its place, its words and the line it rests on. */
export function findingsBlocks(
  findings: readonly Finding[],
  { most = mostShown }: { readonly most?: number } = {},
): Block[] {
  const shown = findings.slice(0, most)
  const byPath = Map.groupBy(shown, ({ path }) => path)
  const blocks: Block[] = []
  for (const [path, own] of byPath) {
    blocks.push({ kind: "heading", text: literal(path), level: 3 })
    blocks.push({
      kind: "table",
      columns: [{ title: "line", align: "right" }, { title: "" }, { title: "finding" }, { title: "rule" }],
      rows: own.map(({ startLine, startColumn, severity, message, rule, confidence, fix, related, path: at }) => [
        startColumn > 1 ? `${startLine}:${startColumn}` : String(startLine),
        severity === "error" ? `**${spoken[severity]}**` : spoken[severity],
        [
          literal(truncate(message, 400)),
          ...related
            .filter((place) => !message.includes(`${place.path}:${place.startLine}`))
            .slice(0, 2)
            .map(
              (place) =>
                `${literal(place.says)} (${literal(place.path === at ? `line ${place.startLine}` : `${place.path}:${place.startLine}`)}).`,
            ),
          ...(fix ? [`Fix: ${literal(fix.says)}${fix.isSafe ? "" : " (look at it first)"}.`] : []),
          ...(confidence < 0.5 ? ["Not sure."] : []),
        ].join(" "),
        inlineCode(rule),
      ]),
    })
  }
  if (findings.length > most) {
    blocks.push({
      kind: "paragraph",
      text: `And ${findings.length - most} more; \`--json\` shows all.`,
      tone: "quiet",
    })
  }
  return blocks
}

/** How many of each severity, in words. */
export function countedFindings(findings: readonly Pick<Finding, "severity">[]): string {
  const parts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const found = findings.filter((finding) => finding.severity === severity).length
    return found === 0 ? [] : [count(found, severity)]
  })
  return parts.length === 0 ? "nothing found" : parts.join(", ")
}
