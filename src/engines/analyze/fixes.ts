import { lineStarts } from "../../base/text.ts"
import type { Finding, SpanEdit } from "../../code/finding.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"

export interface Fixed {
  readonly changes: readonly Change[]
  /** Whose fixes are in them. */
  readonly fixed: readonly Finding[]
  /** Their edits overlap with those of others, or the file is another by now: another run may mend them. */
  readonly left: readonly Finding[]
}

/** The changes that the findings' fixes make, all of one file at once; of two that overlap the first is taken. */
export async function fixesOf(
  workspace: Pick<Workspace, "read">,
  findings: readonly Finding[],
  { unsafe }: { readonly unsafe: boolean },
): Promise<Fixed> {
  const wanted = findings.filter(({ fix }) => fix && (fix.isSafe || unsafe))
  const taken = new Map<string, SpanEdit[]>()
  const fixed: Finding[] = []
  const left: Finding[] = []
  for (const finding of wanted) {
    const edits = finding.fix?.edits ?? []
    if (edits.some((edit) => taken.get(edit.path)?.some((other) => overlap(edit, other)))) {
      left.push(finding)
      continue
    }
    for (const edit of edits) taken.set(edit.path, [...(taken.get(edit.path) ?? []), edit])
    fixed.push(finding)
  }
  const changes: Change[] = []
  for (const [path, edits] of taken) {
    const { text, hash } = await workspace.read(path)
    const after = edited(text, edits)
    if (after !== text) changes.push({ kind: "change", path, beforeHash: hash, after })
  }
  return { changes, fixed, left }
}

const before = (aLine: number, aColumn: number, bLine: number, bColumn: number) =>
  aLine < bLine || (aLine === bLine && aColumn <= bColumn)

const overlap = (a: SpanEdit, b: SpanEdit): boolean =>
  !before(a.endLine, a.endColumn, b.startLine, b.startColumn) &&
  !before(b.endLine, b.endColumn, a.startLine, a.startColumn)

function edited(text: string, edits: readonly SpanEdit[]): string {
  const starts = lineStarts(text)
  const at = (line: number, column: number) => (starts[line - 1] ?? text.length) + column - 1
  const placed = edits.map((edit) => ({
    from: at(edit.startLine, edit.startColumn),
    to: at(edit.endLine, edit.endColumn),
    text: edit.text,
  }))
  return placed
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, { from, to, text: fresh }) => now.slice(0, from) + fresh + now.slice(to), text)
}
