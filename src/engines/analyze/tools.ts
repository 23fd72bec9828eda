import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { type CheckerPrograms, type CheckerRun, diagnose } from "../../workspace/diagnostics/diagnose.ts"

/** What the project's own type checkers and linters find, and how each of them went. */
export async function toolFindings({
  index,
  processes,
  paths,
  signal,
}: {
  readonly index: Pick<CodeIndex, "root" | "text">
  readonly processes: CheckerPrograms
  readonly paths: readonly string[] | undefined
  readonly signal: AbortSignal
}): Promise<{ readonly findings: readonly Finding[]; readonly runs: readonly CheckerRun[] }> {
  const { diagnostics, runs } = await diagnose({ root: index.root, processes, paths, signal })
  const seen = new Map<string, number>()
  const findings: Finding[] = []
  for (const { tool, path, line, column, endLine, endColumn, severity, rule, message } of diagnostics) {
    const text = await index.text(path, { startLine: line, endLine: line })
    const evidence = (text ?? message).trim().slice(0, 200)
    const id = `${tool.replaceAll(" ", "-")}/${rule || "message"}`
    const key = `${id}\0${path}\0${evidence}`
    const nth = seen.get(key) ?? 0
    seen.set(key, nth + 1)
    findings.push(
      findingOf(
        {
          source: tool,
          rule: id,
          severity,
          message,
          path,
          startLine: line,
          startColumn: column,
          endLine: endLine ?? line,
          endColumn: endColumn ?? column,
          evidence,
          confidence: 0.95,
          tags: ["tool"],
        },
        nth,
      ),
    )
  }
  return { findings, runs }
}
