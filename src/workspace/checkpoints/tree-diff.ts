import { pathIn } from "../walk.ts"
import type { ObjectStore } from "./object-store.ts"
import { decodeTree, isSameEntry, type TreeEntry } from "./tree-object.ts"

/** A name that differs between two trees; undefined: it is not there. Folders come with everything in them. */
export interface TreeChange {
  readonly path: string
  readonly before: TreeEntry | undefined
  readonly after: TreeEntry | undefined
}

/** Trees of one store, each decoded once. */
export interface Trees {
  entries(hash: string): readonly TreeEntry[]
  /** What a tree holds at a path; undefined where it holds nothing. Through an uncovered folder it is that folder's entry. */
  at(tree: string, path: string): TreeEntry | undefined
}

const maxRemembered = 4_096

export function treesOf(store: ObjectStore): Trees {
  const decoded = new Map<string, readonly TreeEntry[]>()
  const entries = (hash: string) => {
    let found = decoded.get(hash)
    if (!found) {
      found = decodeTree(store.get(hash))
      if (decoded.size >= maxRemembered) decoded.clear()
      decoded.set(hash, found)
    }
    return found
  }
  return {
    entries,
    at(tree, path) {
      let hash = tree
      let entry: TreeEntry | undefined
      for (const name of path.split("/")) {
        if (entry?.kind === "uncovered") return entry
        if (entry !== undefined && entry.kind !== "folder") return undefined
        entry = entries(entry?.hash ?? hash).find((one) => one.name === name)
        if (!entry) return undefined
        hash = ""
      }
      return entry
    },
  }
}

/**
 * Every name that differs between two trees, parents first, by name. Equal folders are not entered, so it costs what has
 * changed. What is uncovered on one side is one change, whatever is in it.
 */
export function* treeChanges(trees: Trees, before: string, after: string): Generator<TreeChange, void, undefined> {
  if (before !== after) yield* folderChanges(trees, "", trees.entries(before), trees.entries(after))
}

function* folderChanges(
  trees: Trees,
  folder: string,
  before: readonly TreeEntry[],
  after: readonly TreeEntry[],
): Generator<TreeChange, void, undefined> {
  for (const [old, now] of merged(before, after)) {
    const path = pathIn(folder, (now ?? old)?.name ?? "")
    if (!isSameEntry(old, now)) yield { path, before: old, after: now }
    if (old?.kind === "uncovered" || now?.kind === "uncovered") continue
    const oldHash = old?.kind === "folder" ? old.hash : undefined
    const newHash = now?.kind === "folder" ? now.hash : undefined
    if (oldHash === newHash) continue
    yield* folderChanges(trees, path, oldHash ? trees.entries(oldHash) : [], newHash ? trees.entries(newHash) : [])
  }
}

/** Two sorted lists side by side, by name. */
function* merged(before: readonly TreeEntry[], after: readonly TreeEntry[]) {
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const a = before[i]
    const b = after[j]
    if (a && (!b || a.name < b.name)) {
      yield [a, undefined] as const
      i++
    } else if (b && (!a || b.name < a.name)) {
      yield [undefined, b] as const
      j++
    } else {
      yield [a, b] as const
      i++
      j++
    }
  }
}

/** Everything under a folder, parents first. */
export function* treePaths(trees: Trees, tree: string, folder = ""): Generator<{ path: string; entry: TreeEntry }> {
  for (const entry of trees.entries(tree)) {
    const path = pathIn(folder, entry.name)
    yield { path, entry }
    if (entry.kind === "folder") yield* treePaths(trees, entry.hash, path)
  }
}
