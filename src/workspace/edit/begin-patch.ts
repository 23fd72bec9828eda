import { patchInvalid } from "./errors.ts"
import type { FilePatch, Hunk, HunkLine } from "./patch.ts"

const header = /^\*\*\* (Begin Patch|End Patch|Add File|Update File|Delete File|Move to|End of File)(?:: ?(.*))?$/

/**
 * Reads the format that many models are trained on:
 *
 *     *** Begin Patch
 *     *** Update File: path       (then perhaps `*** Move to: path`)
 *     @@ a line before            (perhaps several)
 *      context
 *     -old
 *     +new
 *     *** End of File             (the hunk is at the end)
 *     *** Add File: path          (`+` lines)
 *     *** Delete File: path
 *     *** End Patch
 *
 * Throws PATCH_INVALID with the line that is wrong.
 */
export function parseBeginPatch(text: string): FilePatch[] {
  const rows = text.trim().split(/\r?\n/)
  if (rows[0]?.trim() !== "*** Begin Patch") throw patchInvalid("it does not begin with `*** Begin Patch`")
  if (rows.at(-1)?.trim() !== "*** End Patch") throw patchInvalid("it does not end with `*** End Patch`")
  const files: FilePatch[] = []
  let at = 1
  while (at < rows.length - 1) {
    const row = rows[at] ?? ""
    const [, what, path = ""] = header.exec(row.trimEnd()) ?? []
    const isFile = what === "Add File" || what === "Update File" || what === "Delete File"
    if (!isFile || path.trim() === "") {
      if (row.trim() !== "")
        throw patchInvalid(`line ${at + 1} is none that belongs here: ${JSON.stringify(row.slice(0, 200))}`)
      at += 1
      continue
    }
    at += 1
    if (what === "Delete File") files.push({ kind: "delete", path: path.trim() })
    else if (what === "Add File") at = added(path.trim(), at)
    else at = updated(path.trim(), at)
  }
  if (files.length === 0) throw patchInvalid("it names no file")
  return files

  function added(path: string, start: number): number {
    let next = start
    const lines: string[] = []
    for (; next < rows.length - 1 && !header.test(rows[next] ?? ""); next++) {
      const row = rows[next] ?? ""
      if (!row.startsWith("+")) throw patchInvalid(`line ${next + 1}: each line of a new file begins with +`)
      lines.push(row.slice(1))
    }
    files.push({ kind: "add", path, text: lines.map((line) => `${line}\n`).join("") })
    return next
  }

  function updated(path: string, start: number): number {
    let next = start
    const [, what, to] = header.exec(rows[next]?.trimEnd() ?? "") ?? []
    const moveTo = what === "Move to" ? to?.trim() : undefined
    if (moveTo !== undefined) next += 1
    const hunks: Hunk[] = []
    let anchors: string[] = []
    let lines: HunkLine[] = []
    let isAtEnd = false
    const flush = () => {
      if (lines.length > 0)
        hunks.push({ lines, oldStart: undefined, anchors, isAtEnd, oldEndsBare: undefined, newEndsBare: undefined })
      if (lines.length > 0) anchors = []
      lines = []
      isAtEnd = false
    }
    for (; next < rows.length - 1; next++) {
      const row = rows[next] ?? ""
      const special = header.exec(row.trimEnd())?.[1]
      if (special === "End of File") isAtEnd = true
      else if (special !== undefined) break
      else if (row.startsWith("@@")) {
        flush()
        const anchor = row.slice(2).replace(/@@$/, "").trim()
        if (anchor !== "") anchors.push(anchor)
      } else {
        const kind = row.charAt(0)
        if (kind === " " || kind === "-" || kind === "+") lines.push({ kind, text: row.slice(1) })
        else if (row === "") lines.push({ kind: " ", text: "" })
        else
          throw patchInvalid(
            `line ${next + 1} begins with none of space, - and +: ${JSON.stringify(row.slice(0, 200))}`,
          )
      }
    }
    flush()
    if (hunks.length === 0 && moveTo === undefined) throw patchInvalid(`${path} has no hunk`)
    files.push({ kind: "update", path, moveTo, hunks })
    return next
  }
}
