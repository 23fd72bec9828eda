import { basename, dirname } from "node:path/posix"
import { keyOf } from "../index/keys.ts"
import type { Tree } from "../index/tree.ts"
import { termsOf, wordsOf } from "../index/words.ts"

/**
 * The words of a tree's paths, in memory: paths belong to worktrees, not to contents. A word in the file's own name is
 * kept apart from one in a folder's.
 */
export interface PathIndex {
  /** Paths with the word, and whether it stands in the file's own name. */
  find(key: number): ReadonlyMap<string, boolean>
  readonly size: number
}

const nothing: ReadonlyMap<string, boolean> = new Map()

/** Follows the tree from now on. */
export function pathIndex(tree: Tree): PathIndex {
  const byKey = new Map<number, Map<string, boolean>>()
  const cache = new Map<string, readonly number[]>()
  const keysOfName = (name: string) => {
    let keys = cache.get(name)
    if (!keys) {
      keys = [...new Set(wordsOf(name).flatMap(termsOf))].map(keyOf)
      if (cache.size > 20_000) cache.clear()
      cache.set(name, keys)
    }
    return keys
  }
  const folderKeys = (path: string) => {
    const folder = dirname(path)
    return folder === "." ? [] : folder.split("/").flatMap(keysOfName)
  }
  const add = (path: string) => {
    const put = (key: number, isOwn: boolean) => {
      const paths = byKey.get(key)
      if (paths) paths.set(path, isOwn || paths.get(path) === true)
      else byKey.set(key, new Map([[path, isOwn]]))
    }
    for (const key of folderKeys(path)) put(key, false)
    for (const key of keysOfName(basename(path))) put(key, true)
  }
  const remove = (path: string) => {
    for (const key of [...folderKeys(path), ...keysOfName(basename(path))]) {
      const paths = byKey.get(key)
      paths?.delete(path)
      if (paths?.size === 0) byKey.delete(key)
    }
  }
  const known = new Set<string>()
  const sync = (path: string, isThere: boolean) => {
    if (isThere === known.has(path)) return
    if (isThere) {
      known.add(path)
      add(path)
    } else {
      known.delete(path)
      remove(path)
    }
  }
  for (const { path, content } of tree.files()) sync(path, content !== 0)
  tree.onChange(({ set, removed }) => {
    for (const path of removed) sync(path, false)
    for (const { path, content } of set) sync(path, content !== 0)
  })
  return {
    find: (key) => byKey.get(key) ?? nothing,
    get size() {
      return known.size
    },
  }
}
