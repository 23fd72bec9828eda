import { diff } from "../../workspace/edit/diff.ts"
import { type ChangedFile, linesOf } from "./change-set.ts"

const mostCharacters = 60_000
const contextLines = 6

/**
 * A change as a model reads it: the new side's line number before each line that stays or is new. What would be too long
 * is left out file by file, and said so.
 */
export function changeText(files: readonly ChangedFile[]): string {
  const parts: string[] = []
  let left = mostCharacters
  const skipped: string[] = []
  for (const file of [...files].sort((a, b) => a.added.length + a.removed.length - b.added.length - b.removed.length)) {
    const text = fileText(file)
    if (text.length > left) {
      skipped.push(file.path)
      continue
    }
    left -= text.length
    parts.push(text)
  }
  if (skipped.length > 0) parts.push(`Too long to be shown here: ${skipped.join(", ")}.`)
  return parts.join("\n\n")
}

function fileText({ path, oldPath, status, before, after, unread }: ChangedFile): string {
  const head = `### ${path} (${status}${oldPath === path ? "" : ` from ${oldPath}`})`
  if (unread !== undefined) return `${head}\nNot shown: ${unread}.`
  const [a, b] = [linesOf(before ?? ""), linesOf(after ?? "")]
  const rows: string[] = []
  const steps = diff(a, b)
  for (const [i, { kind, a: aAt, b: bAt, length }] of steps.entries()) {
    for (let at = 0; at < length; at++) {
      const isNear = (i > 0 && at < contextLines) || (i < steps.length - 1 && at >= length - contextLines)
      if (kind === "same" && !isNear) {
        if (rows.at(-1) !== "...") rows.push("...")
        continue
      }
      const number = kind === "remove" ? "" : String(bAt + at + 1)
      const mark = kind === "same" ? " " : kind === "remove" ? "-" : "+"
      rows.push(`${number.padStart(5)} ${mark} ${(kind === "remove" ? a[aAt + at] : b[bAt + at]) ?? ""}`)
    }
  }
  return `${head}\n${rows.join("\n")}`
}
