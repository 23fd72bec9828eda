import type { LineRange } from "../../code/code-index.ts"
import { diff } from "../../workspace/edit/diff.ts"

/** One file of a change, both sides of it. */
export interface ChangedFile {
  /** Where it is afterwards; of a deleted one where it was. Posix, relative to the root. */
  readonly path: string
  /** Where it was before. */
  readonly oldPath: string
  readonly status: "added" | "modified" | "deleted" | "renamed"
  /** Null where the side has no such file, or none that is read as text. */
  readonly before: string | null
  readonly after: string | null
  /** Why its text was not read: binary, too large. */
  readonly unread: string | undefined
  /** Lines of `after` that are new or changed. */
  readonly added: readonly LineRange[]
  /** Lines of `before` that are gone or changed. */
  readonly removed: readonly LineRange[]
}

/** What is to be reviewed or explained. */
export interface ChangeSet {
  /** For a person: "the working tree against HEAD", "main..working tree", "a patch". */
  readonly title: string
  readonly files: readonly ChangedFile[]
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

type Sides = Omit<ChangedFile, "added" | "removed" | "unread"> & { readonly unread?: string | undefined }

/** A changed file with its changed lines; undefined where both sides are the same. */
export function changedFile(sides: Sides): ChangedFile | undefined {
  const { before, after, status, unread } = sides
  if (before === after && status === "modified" && unread === undefined) return undefined
  const added: LineRange[] = []
  const removed: LineRange[] = []
  for (const { kind, a, b, length } of diff(linesOf(before ?? ""), linesOf(after ?? ""))) {
    if (kind === "insert") added.push({ startLine: b + 1, endLine: b + length })
    if (kind === "remove") removed.push({ startLine: a + 1, endLine: a + length })
  }
  return { ...sides, unread, added, removed }
}

/** Lines without what ends them; a last line end begins no further line. */
export function linesOf(text: string): string[] {
  if (text === "") return []
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === "") lines.pop()
  return lines
}

export const touches = (ranges: readonly LineRange[], { startLine, endLine }: LineRange): boolean =>
  ranges.some((range) => range.startLine <= endLine && startLine <= range.endLine)

export const sizeOf = (ranges: readonly LineRange[]): number =>
  ranges.reduce((sum, { startLine, endLine }) => sum + endLine - startLine + 1, 0)
