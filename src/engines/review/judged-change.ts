import type { ChangedLines } from "../../code/analyzers/changed-lines.ts"
import type { Texts } from "../../code/analyzers/with-texts.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { ChangedFile } from "./change-set.ts"

export interface JudgedChange {
  /** New and changed lines, by path. */
  readonly lines: ChangedLines
  /** Of files that are otherwise on disk. */
  readonly texts: Texts
}

/** What analyzers need of a change to judge it as it will be, whatever lies on disk. */
export async function judgedChange(
  files: readonly ChangedFile[],
  index: Pick<CodeIndex, "text" | "files">,
): Promise<JudgedChange> {
  const lines = new Map<string, (readonly [number, number])[]>()
  const texts = new Map<string, string | null>()
  const known = new Set(index.files())
  for (const { path, oldPath, status, after, unread, added } of files) {
    if (status === "renamed" && known.has(oldPath)) texts.set(oldPath, null)
    if (status === "deleted") {
      if (known.has(path)) texts.set(path, null)
    } else if (unread === undefined && after !== null) {
      lines.set(
        path,
        added.map(({ startLine, endLine }) => [startLine, endLine] as const),
      )
      if ((await index.text(path)) !== after) texts.set(path, after)
    }
  }
  return { lines, texts }
}
