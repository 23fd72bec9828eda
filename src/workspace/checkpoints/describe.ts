import { decodeText } from "../decode.ts"
import { unifiedDiff } from "./line-diff.ts"
import type { ObjectStore } from "./object-store.ts"
import { contentOf } from "./store-file.ts"
import type { TreeEntry } from "./tree-object.ts"

/** A change of one path, as people see it. */
export interface FileChange {
  /** Relative to the project, or absolute outside of it. */
  readonly path: string
  readonly action: "create" | "change" | "delete" | "replace" | "mode"
  /** What is there after it; of a deletion what was there. */
  readonly kind: "file" | "link" | "folder" | "uncovered"
  readonly sizeBefore: number | null
  readonly sizeAfter: number | null
  /** "0644 -> 0755", "-> target", "binary": what no diff shows. */
  readonly note: string
  /** Unified diff of a text file or of where a link points; null where there is none or none was asked for. */
  readonly diff: string | null
}

/** Larger texts are named, not compared. */
const maxDiffBytes = 1_000_000

/** Undefined on one side: nothing is there. `store` only where diffs are wanted. */
export function describeChange(
  path: string,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
  store?: ObjectStore,
): FileChange {
  const kind = (after ?? before)?.kind ?? "file"
  const action = actionOf(before, after)
  const diff = store ? diffOf(path, before, after, store) : null
  const isOpaque = store !== undefined && diff === null && [before, after].some((one) => one?.kind === "file")
  const notes = [
    modeNote(before, after),
    after?.kind === "link" ? `-> ${after.target}` : "",
    action === "replace" ? `${before?.kind} -> ${after?.kind}` : "",
    isOpaque && action !== "mode" ? "no text" : "",
  ]
  return {
    path,
    action,
    kind,
    sizeBefore: before?.kind === "file" ? before.sizeBytes : null,
    sizeAfter: after?.kind === "file" ? after.sizeBytes : null,
    note: notes.filter((note) => note !== "").join(", "),
    diff,
  }
}

function actionOf(before: TreeEntry | undefined, after: TreeEntry | undefined): FileChange["action"] {
  if (!before) return "create"
  if (!after) return "delete"
  if (before.kind !== after.kind) return "replace"
  if (before.kind === "folder") return "mode"
  if (before.kind === "file" && after.kind === "file" && before.hash === after.hash) return "mode"
  return "change"
}

function modeNote(before: TreeEntry | undefined, after: TreeEntry | undefined): string {
  if (!before || !after || !("mode" in before) || !("mode" in after) || before.mode === after.mode) return ""
  return `${octal(before.mode)} -> ${octal(after.mode)}`
}
const octal = (mode: number) => mode.toString(8).padStart(4, "0")

function diffOf(
  path: string,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
  store: ObjectStore,
): string | null {
  const [old, now] = [textOf(before, store), textOf(after, store)]
  if (old === null || now === null) return null
  const text = unifiedDiff(old, now)
  if (text === "") return null
  const header = (prefix: string, entry: TreeEntry | undefined) => (entry ? `${prefix}/${path}` : "/dev/null")
  return `--- ${header("a", before)}\n+++ ${header("b", after)}\n${text}`
}

/** "" where nothing is; null for what is no text. */
function textOf(entry: TreeEntry | undefined, store: ObjectStore): string | null {
  if (entry === undefined) return ""
  if (entry.kind !== "file" || entry.sizeBytes > maxDiffBytes) return null
  const decoded = decodeText(Buffer.concat([...contentOf(store, entry)]))
  return decoded === "binary" ? null : decoded.text
}
