import type { FSWatcher, Stats, WatchListener } from "node:fs"
import { lstat, readdir } from "node:fs/promises"
import { join } from "node:path"
import { systemCode } from "../base/errors.ts"
import { readTracked } from "./git-tracked.ts"
import { type FolderRules, rootRules } from "./ignoring.ts"

export type StartWatcher = (
  folder: string,
  options: { persistent: boolean },
  listener: WatchListener<string>,
) => FSWatcher

export interface FolderWatch {
  readonly size: number
  /**
   * Reads the rules anew and watches exactly the folders that a walk would enter; gives those that are new. `isFresh`:
   * no watch of before is trusted, because events may have been lost.
   */
  sync(options: { isFresh: boolean }): Promise<string[]>
  /** Watches a folder and what is below it. */
  add(path: string): Promise<string[]>
  /** Ends the watch of a folder and of what is below it; whether there was one. */
  forget(path: string): boolean
  isWatched(path: string, stats: Stats): boolean
  /** Whether a walk would give, or enter, the path. */
  includes(path: string, isFolder: boolean): Promise<boolean>
  close(): void
}

interface Options {
  readonly root: string
  readonly startWatcher: StartWatcher
  readonly onPath: (path: string, isRename: boolean) => void
  /** No more watches are to be had, or the root is gone. */
  readonly onLost: (error: unknown) => void
  readonly onProblem: (message: string, error: unknown) => void
}

interface Watched {
  readonly watcher: FSWatcher
  readonly identity: string
  readonly rules: FolderRules
}

/** What tells a folder from another of the same name; not surely, as inodes are given again and times are coarse. */
const identityOf = (stats: Stats) => `${stats.dev} ${stats.ino} ${stats.birthtimeMs}`

/** One watch for each folder of a tree that is not ignored. */
export function folderWatch({ root, startWatcher, onPath, onLost, onProblem }: Options): FolderWatch {
  let watched = new Map<string, Watched>()
  let isClosed = false
  const inside = (folder: string, name: string) => (folder === "" ? name : `${folder}/${name}`)
  const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")))
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1)

  /** Watches `path` and below; `rulesFor` gives its rules once its entries are known. Undefined: it is left out. */
  async function enter(
    path: string,
    rulesFor: (names: readonly string[]) => Promise<FolderRules | undefined>,
    old: ReadonlyMap<string, Watched>,
  ): Promise<string[]> {
    if (isClosed) return []
    const absolute = path === "" ? root : join(root, path)
    let watcher: FSWatcher | undefined
    try {
      const identity = identityOf(await lstat(absolute))
      const kept = old.get(path)
      // Watched before it is read: what is put in it meanwhile is either read or told.
      watcher = kept?.identity === identity ? kept.watcher : start(path, absolute)
      const entries = await readdir(absolute, { withFileTypes: true })
      const rules = await rulesFor(entries.map((entry) => entry.name))
      if (!rules || isClosed) {
        watcher.close()
        return []
      }
      watched.set(path, { watcher, identity, rules })
      const added = kept?.watcher === watcher ? [] : [path]
      const below = entries.filter((entry) => entry.isDirectory() && !rules.ignores(entry.name, true))
      const found = await Promise.all(
        below.map(({ name }) => enter(inside(path, name), (names) => entered(rules, name, names), old)),
      )
      return [...added, ...found.flat()]
    } catch (error) {
      watcher?.close()
      if (path === "" || ["ENOSPC", "EMFILE"].includes(systemCode(error) ?? "")) onLost(error)
      // A folder that is gone again has been told of by its parent's watch.
      else if (systemCode(error) !== "ENOENT") onProblem(`The folder ${path} can't be watched.`, error)
      return []
    }
  }

  async function entered(parent: FolderRules, name: string, names: readonly string[]) {
    const rules = await parent.enter(name, names)
    return rules.ignoresItself(names) ? undefined : rules
  }

  function start(path: string, absolute: string): FSWatcher {
    const watcher = startWatcher(absolute, { persistent: false }, (event, name) => {
      if (!isClosed) onPath(name === null ? path : inside(path, name), event === "rename")
    })
    watcher.on("error", (error) => {
      watcher.close()
      if (path === "") onLost(error)
      else onPath(path, true)
    })
    return watcher
  }

  return {
    get size() {
      return watched.size
    },
    async sync({ isFresh }) {
      const old = watched
      watched = new Map()
      const tracked = await readTracked(root)
      const added = await enter("", (names) => rootRules(root, names, tracked), isFresh ? new Map() : old)
      for (const [path, { watcher }] of old) if (watched.get(path)?.watcher !== watcher) watcher.close()
      return added
    },
    async add(path) {
      const parent = watched.get(parentOf(path))
      return parent ? enter(path, (names) => entered(parent.rules, nameOf(path), names), new Map()) : []
    },
    forget(path) {
      const there = watched.get(path)
      if (!there) return false
      for (const [at, { watcher }] of watched)
        if (at === path || at.startsWith(`${path}/`)) {
          watcher.close()
          watched.delete(at)
        }
      return true
    },
    isWatched: (path, stats) => watched.get(path)?.identity === identityOf(stats),
    async includes(path, isFolder) {
      const parent = watched.get(parentOf(path))
      return parent !== undefined && !parent.rules.ignores(nameOf(path), isFolder)
    },
    close() {
      isClosed = true
      for (const { watcher } of watched.values()) watcher.close()
      watched.clear()
    },
  }
}
