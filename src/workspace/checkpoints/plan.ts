import { type Trees, treeChanges, treePaths } from "./tree-diff.ts"
import { isSameEntry, type TreeEntry } from "./tree-object.ts"

/** One path that a restore would bring from what is there now to what is wanted. Undefined: nothing is, or should be. */
export interface PlannedChange {
  readonly path: string
  readonly now: TreeEntry | undefined
  readonly target: TreeEntry | undefined
  /** What is there is nobody's expectation: a person, or a program of theirs, changed it since. */
  readonly isConflict: boolean
}

export interface LeftPath {
  readonly path: string
  readonly why: string
}

export interface Plan {
  /** Parents before what is in them. */
  readonly changes: readonly PlannedChange[]
  /** What is wanted and can't be had. */
  readonly left: readonly LeftPath[]
}

export interface PlanOptions {
  readonly trees: Trees
  /** The tree as it is. */
  readonly now: string
  /** The changes wanted are those between these two. */
  readonly from: string
  readonly to: string
  /** Only at and under these. */
  readonly isWanted: (path: string) => boolean
  /** Whether what is at a path now is what was left there; `before` is what `from` has there. */
  readonly isExpected: (
    path: string,
    now: TreeEntry | undefined,
    change: { readonly before: TreeEntry | undefined },
  ) => boolean
}

/**
 * What has to be done to make the changes between two trees in a third one. Pure but for reading trees; says what is in
 * conflict and leaves deciding about it to the caller. What no checkpoint covers is never planned to be touched.
 */
export function planChanges({ trees, now, from, to, isWanted, isExpected }: PlanOptions): Plan {
  const planned = new Map<string, PlannedChange>()
  const left: LeftPath[] = []
  const add = (path: string, nowEntry: TreeEntry | undefined, target: TreeEntry | undefined, isConflict: boolean) => {
    if (nowEntry?.kind === "uncovered") left.push({ path, why: `not covered now: ${nowEntry.why}` })
    else if (target?.kind === "uncovered") left.push({ path, why: `not covered then: ${target.why}` })
    else if (!isSameEntry(nowEntry, target)) planned.set(path, { path, now: nowEntry, target, isConflict })
  }

  for (const change of treeChanges(trees, from, to)) {
    if (!isWanted(change.path)) continue
    const nowEntry = from === now ? change.before : trees.at(now, change.path)
    add(change.path, nowEntry, change.after, !isExpected(change.path, nowEntry, change))
    if (nowEntry?.kind !== "folder" || change.after === undefined || change.after.kind === "folder") continue
    // A folder makes room for something else. What is in it and nobody spoke of goes as well, if at all, then as a conflict.
    for (const { path, entry } of treePaths(trees, nowEntry.hash, change.path))
      if (trees.at(from, path) === undefined)
        add(path, entry, undefined, !isExpected(path, entry, { before: undefined }))
  }
  for (const { path, target } of [...planned.values()]) {
    if (target === undefined) continue
    for (const folder of parentsOf(path)) {
      if (planned.has(folder)) continue
      const nowEntry = trees.at(now, folder)
      if (nowEntry?.kind === "folder") continue
      const wanted = trees.at(to, folder)
      if (wanted) add(folder, nowEntry, wanted, nowEntry !== undefined)
    }
  }
  return { changes: [...planned.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), left }
}

/** "a/b/c" lies in "a" and "a/b". */
function parentsOf(path: string): string[] {
  const parents: string[] = []
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) parents.push(path.slice(0, at))
  return parents
}

/** Whether a path is one of `paths` or lies under one; null is everything. */
export function isAtOrUnder(paths: readonly string[] | null): (path: string) => boolean {
  if (paths === null) return () => true
  const exact = new Set(paths)
  if (exact.has("")) return () => true
  return (path) => exact.has(path) || parentsOf(path).some((parent) => exact.has(parent))
}
