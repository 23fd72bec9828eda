import { diff } from "./diff.ts"
import { patchInvalid } from "./errors.ts"
import { linesOf } from "./lines.ts"
import type { FilePatch, Hunk, HunkLine } from "./patch.ts"

const bare = "\\ No newline at end of file"

/**
 * The difference of two texts in the unified format of POSIX diff, "" where there is none. A line's `\r` stays part of it.
 */
export function unifiedDiff(
  before: string,
  after: string,
  { from, to, context = 3 }: { readonly from: string; readonly to: string; readonly context?: number },
): string {
  if (before === after) return ""
  const a = linesOf(before).map((line) => line.text + line.end)
  const b = linesOf(after).map((line) => line.text + line.end)
  const steps = diff(a, b)
  const printed: string[] = []
  for (const group of groupsOf(steps, context)) {
    const rows: string[] = []
    let [oldCount, newCount] = [0, 0]
    for (const { kind, a: aAt, b: bAt, length } of group) {
      for (let i = 0; i < length; i++) {
        const text = (kind === "insert" ? b[bAt + i] : a[aAt + i]) ?? ""
        const mark = kind === "same" ? " " : kind === "remove" ? "-" : "+"
        rows.push(mark + text.replace(/\n$/, ""))
        if (!text.endsWith("\n")) rows.push(bare)
        if (kind !== "insert") oldCount += 1
        if (kind !== "remove") newCount += 1
      }
    }
    const first = group[0]
    const [oldStart, newStart] = [first?.a ?? 0, first?.b ?? 0]
    printed.push(`@@ -${range(oldStart, oldCount)} +${range(newStart, newCount)} @@`, ...rows)
  }
  return `--- ${from}\n+++ ${to}\n${printed.join("\n")}\n`
}

/** An empty range names the line before it. */
const range = (start: number, count: number) => `${count === 0 ? start : start + 1}${count === 1 ? "" : `,${count}`}`

/** Steps with `context` equal lines around them; those further apart become groups of their own. */
function groupsOf(steps: ReturnType<typeof diff>, context: number) {
  const groups: (typeof steps)[] = []
  let group: typeof steps = []
  for (const [i, step] of steps.entries()) {
    const isFirst = i === 0
    const isLast = i === steps.length - 1
    const before = isFirst ? 0 : Math.min(context, step.length)
    const after = isLast ? 0 : Math.min(context, step.length)
    if (step.kind !== "same" || (!isFirst && !isLast && step.length <= 2 * context)) {
      group.push(step)
      continue
    }
    if (before > 0) group.push({ ...step, length: before })
    if (group.length > 0) groups.push(group)
    const skipped = step.length - after
    group = after > 0 ? [{ ...step, a: step.a + skipped, b: step.b + skipped, length: after }] : []
  }
  if (group.some((step) => step.kind !== "same")) groups.push(group)
  return groups
}

/**
 * Reads unified diffs of one or more files, as diff and git write them. Counts in hunk headers are hardly trusted:
 * models get them wrong; a hunk ends where something else begins. Throws PATCH_INVALID.
 */
export function parseUnified(text: string): FilePatch[] {
  const raw = text.split("\n")
  // Where every line ends so, the patch's own line ends were changed on the way; else a `\r` is part of the file's line.
  const isWindows = raw.length > 1 && raw.slice(0, -1).every((row) => row.endsWith("\r"))
  const source = isWindows ? raw.map((row) => row.replace(/\r$/, "")) : raw
  const files: FilePatch[] = []
  let at = 0
  while (at < source.length) {
    if (source[at]?.startsWith("diff --git ")) {
      const head = gitHead(source, at)
      const file = fileOfHead(head, source[at + head.length])
      if (file) files.push(file)
      at += head.length
      continue
    }
    if (!source[at]?.startsWith("--- ") || !source[at + 1]?.startsWith("+++ ")) {
      at += 1
      continue
    }
    const from = pathOf(source[at]?.slice(4) ?? "", "a/")
    const to = pathOf(source[at + 1]?.slice(4) ?? "", "b/")
    const hunks: Hunk[] = []
    at += 2
    while (source[at]?.startsWith("@@")) {
      const read = readHunk(source, at)
      hunks.push(read.hunk)
      at = read.next
    }
    files.push(fileOf(from, to, hunks))
  }
  if (files.length === 0)
    throw patchInvalid("it has no `--- ` and `+++ ` lines", "Begin each file with `--- a/path` and `+++ b/path`.")
  return files
}

/** git's line `diff --git` and those after it, up to where hunks or another file begin. */
function gitHead(source: readonly string[], start: number): readonly string[] {
  let end = start + 1
  while (end < source.length && !/^(?:--- |@@|diff --git )/.test(source[end] ?? "")) end += 1
  return source.slice(start, end)
}

/** What git says without hunks: a file that is only renamed, and an empty one that comes or goes. */
function fileOfHead(head: readonly string[], next: string | undefined): FilePatch | undefined {
  if (next?.startsWith("--- ")) return undefined
  const said = (start: string) => head.find((row) => row.startsWith(start))?.slice(start.length)
  const [from, to] = [said("rename from "), said("rename to ")]
  if (from !== undefined && to !== undefined) return { kind: "update", path: from, moveTo: to, hunks: [] }
  const path = / b\/(.*)$/.exec(head[0] ?? "")?.[1]
  if (path === undefined) return undefined
  if (said("new file mode ") !== undefined) return { kind: "add", path, text: "" }
  return said("deleted file mode ") === undefined ? undefined : { kind: "delete", path }
}

function fileOf(from: string | undefined, to: string | undefined, hunks: readonly Hunk[]): FilePatch {
  if (from === undefined && to !== undefined) {
    const lines = hunks.flatMap((hunk) => hunk.lines)
    if (lines.some((line) => line.kind !== "+")) throw patchInvalid(`${to} is to be made, but has lines of before`)
    const isBare = hunks.at(-1)?.newEndsBare === true
    const text = lines.map((line) => line.text).join("\n")
    return { kind: "add", path: to, text: text + (isBare || lines.length === 0 ? "" : "\n") }
  }
  if (from !== undefined && to === undefined) return { kind: "delete", path: from }
  if (from === undefined || to === undefined) throw patchInvalid("a file has neither an old nor a new name")
  if (hunks.length === 0)
    throw patchInvalid(`${from} has no hunk`, "A hunk begins with `@@ -line,count +line,count @@`.")
  return { kind: "update", path: from, moveTo: from === to ? undefined : to, hunks }
}

function readHunk(rows: readonly string[], start: number): { hunk: Hunk; next: number } {
  const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(rows[start] ?? "")
  const lines: HunkLine[] = []
  let oldEndsBare: boolean | undefined
  let newEndsBare: boolean | undefined
  const left = (kind: "-" | "+", said: string | undefined) =>
    Number(said ?? 1) - lines.filter((line) => line.kind === " " || line.kind === kind).length
  const isCounted = () => header !== null && left("-", header[2]) > 0 && left("+", header[3]) > 0
  let at = start + 1
  for (; at < rows.length; at++) {
    const row = rows[at] ?? ""
    if (row.startsWith("\\")) {
      const last = lines.at(-1)
      if (last?.kind !== "+") oldEndsBare = true
      if (last?.kind !== "-") newEndsBare = true
      continue
    }
    // The next file; but `-- x` taken out and `++ x` put in look the same, and then the header still counts them.
    if (row.startsWith("--- ") && rows[at + 1]?.startsWith("+++ ") && !isCounted()) break
    const kind = row.charAt(0)
    if (kind === " " || kind === "-" || kind === "+") lines.push({ kind, text: row.slice(1) })
    // An empty context line whose blank was dropped; but the last line of all is only the text's end.
    else if (row === "" && at < rows.length - 1 && /^[ +\-\\]/.test(rows[at + 1] ?? ""))
      lines.push({ kind: " ", text: "" })
    else break
  }
  if (lines.length === 0) throw patchInvalid("a hunk is empty")
  // `-5,0` inserts behind line 5.
  const from = header ? Number(header[1]) + (header[2] === "0" ? 1 : 0) : undefined
  const hunk = { lines, oldStart: from, anchors: [], isAtEnd: false, oldEndsBare, newEndsBare }
  return { hunk, next: at }
}

/** Without git's `a/`, a time stamp, and quotes; undefined for /dev/null. */
function pathOf(text: string, prefix: string): string | undefined {
  const name = text
    .replace(/\t.*$/, "")
    .trimEnd()
    .replace(/^"(.*)"$/, "$1")
  if (name === "/dev/null") return undefined
  return name.startsWith(prefix) ? name.slice(2) : name
}
