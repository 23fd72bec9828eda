import type { Git } from "../../workspace/git.ts"
import type { Finding } from "../finding.ts"

/** What changed in a work tree, by path: the changed lines, or "all" of a file that git does not know yet. */
export type ChangedLines = ReadonlyMap<string, readonly (readonly [first: number, last: number])[] | "all">

/** Since a revision. Throws UnknownRevisionError. */
export async function changedLines(git: Git, since: string, signal?: AbortSignal): Promise<ChangedLines> {
  const [files, { patch, isTruncated }] = await Promise.all([
    git.changedFiles(since, { signal }),
    git.diff({ from: since, contextLines: 0, maxBytes: 100_000_000, signal }),
  ])
  const changed = new Map<string, [number, number][] | "all">()
  for (const { path, status } of files) changed.set(path, status === "?" || isTruncated ? "all" : [])
  let path = ""
  // In hunks without context, every line that is not a header belongs to a change.
  let left = 0
  for (const line of patch.split("\n")) {
    if (left > 0) {
      if (!line.startsWith("\\")) left--
      continue
    }
    if (line.startsWith("+++ b/")) path = line.slice("+++ b/".length).replace(/\t$/, "")
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
    if (!hunk) continue
    const [removed, first, added] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)]
    left = removed + added
    const lines = changed.get(path)
    if (added > 0 && Array.isArray(lines)) lines.push([first, first + added - 1])
  }
  return changed
}

/** Whether a finding, or a place that belongs to it, stands in changed lines. */
export function isInChange(finding: Finding, changed: ChangedLines): boolean {
  return [finding, ...finding.related].some(({ path, startLine, endLine }) => {
    const lines = changed.get(path)
    return lines === "all" || lines?.some(([first, last]) => startLine <= last && endLine >= first) === true
  })
}
