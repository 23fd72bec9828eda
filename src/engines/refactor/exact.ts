import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import {
  edited,
  type ReadFile,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  type UnsurePlace,
} from "../../code/refactorings/refactoring.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"

export interface Exact {
  readonly tools: RefactoringTools
  /** The refactoring as changes of the very bytes that it looked at. */
  changes(refactoring: Refactoring): Promise<Change[]>
}

/** What one refactoring works with: each file is read once. Throws REFACTORING_REFUSED for a file that can't be written back. */
export function exactTools({
  index,
  workspace,
  signal,
}: {
  readonly index: CodeIndex
  readonly workspace: Pick<Workspace, "read" | "exists">
  readonly signal: AbortSignal
}): Exact {
  const known = new Map<string, Promise<ReadFile>>()
  const read = (path: string) => {
    const file = known.get(path) ?? readWhole(workspace, path)
    known.set(path, file)
    return file
  }
  return {
    tools: { index, read, signal, exists: (path) => workspace.exists(path) },
    async changes({ files }) {
      const changes: Change[] = []
      for (const { path, to, created, edits } of files) {
        if (created !== undefined) {
          changes.push({ kind: "create", path, after: created })
          continue
        }
        const { text, hash: beforeHash } = await read(path)
        const after = edited(text, edits)
        if (to !== undefined) changes.push({ kind: "move", path, beforeHash, to, after: after === text ? null : after })
        else if (after !== text) changes.push({ kind: "change", path, beforeHash, after })
      }
      return changes
    },
  }
}

async function readWhole(workspace: Pick<Workspace, "read">, path: string): Promise<ReadFile> {
  const { text, hash, hadInvalidBytes } = await workspace.read(path)
  if (hadInvalidBytes) throw new RefactoringRefusedError(`${path} holds bytes that are no text in its encoding.`)
  return { text, hash }
}

/** Places that were left, for the reader of the proposal. */
export const unsureFindings = (places: readonly UnsurePlace[]): Finding[] =>
  places.map(({ path, line, column, text, why }, nth) =>
    findingOf(
      {
        rule: "refactor/unsure",
        severity: "warning",
        message: `Left as it is: ${why}.`,
        path,
        startLine: line,
        startColumn: column,
        evidence: text,
        confidence: 0.5,
      },
      nth,
    ),
  )
