import type { Finding } from "../../code/finding.ts"
import { findingOf } from "../../code/finding.ts"
import { type CheckerRun, diagnose } from "../../workspace/diagnostics/diagnose.ts"
import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import type { Processes } from "../../workspace/processes/types.ts"
import { scratchCopy } from "../../workspace/test-runners/scratch.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"

export interface CompileTools {
  readonly workspace: Workspace
  /** Opens the programs of a folder, in the sandbox, which shows them further folders: what is installed lies in the project. */
  openProcesses(root: string, readable: readonly string[]): Promise<Processes>
  /** Hears how each checker went. */
  ran(run: CheckerRun): void
}

/**
 * What the project's own type checkers mind after the changes and did not mind before: in a copy of the project, so that
 * nothing is written here. Nothing where no type checker is configured.
 */
export async function* compiles(
  changes: readonly Change[],
  { workspace, openProcesses, ran }: CompileTools,
  signal: AbortSignal,
): AsyncIterable<Finding> {
  await using copy = await scratchCopy(workspace.root, signal)
  const processes = await openProcesses(copy.root, copy.linked)
  try {
    const look = () => diagnose({ root: copy.root, processes, kind: "types", signal })
    for (const change of changes) {
      if (change.kind === "delete" || change.kind === "move") await copy.remove(change.path)
      if (change.kind === "move") await copy.write(change.to, change.after ?? (await workspace.read(change.path)).text)
      else if (change.kind !== "delete") await copy.write(change.path, change.after)
    }
    const after = await look()
    for (const run of after.runs) ran(run)
    const errors = after.diagnostics.filter(({ severity }) => severity === "error")
    if (errors.length === 0) return
    for (const change of changes) {
      if (change.kind === "create") await copy.remove(change.path)
      else await copy.write(change.path, (await workspace.read(change.path)).text)
      if (change.kind === "move") await copy.remove(change.to)
    }
    const before = new Set((await look()).diagnostics.map(keyOf))
    for (const error of errors) if (!before.has(keyOf(error))) yield findingFor(error)
  } finally {
    await processes.close()
  }
}

/** Lines move; what is said of a file does not. */
const keyOf = ({ tool, path, rule, message }: Diagnostic) => JSON.stringify([tool, path, rule, message])

const findingFor = ({ tool, path, line, column, rule, message }: Diagnostic): Finding =>
  findingOf({
    source: tool,
    rule: `${tool.replaceAll(" ", "-")}/${rule || "message"}`,
    severity: "error",
    message,
    path,
    startLine: line,
    startColumn: column,
    evidence: message,
  })
