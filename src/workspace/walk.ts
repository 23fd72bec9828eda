import { type Dirent, promises as fs } from "node:fs"
import { join } from "node:path"
import { throwIfAborted } from "../base/signal.ts"
import { readTracked } from "./git-tracked.ts"
import { type FolderRules, rootRules } from "./ignoring.ts"

export interface WalkedFile {
  /** Posix, relative to the root. */
  readonly path: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined
  /** Only what lies under this folder (posix, relative to the root). */
  readonly under?: string | undefined
  /** Hears of folders and files that could not be read; the walk goes on without them. */
  readonly onUnreadable?: ((path: string, error: unknown) => void) | undefined
  /** Hears of each folder that is entered ("" is the root). */
  readonly onFolder?: ((path: string) => void) | undefined
}

/**
 * The regular files of a tree that are worth reading, folder by folder, in no promised order. Left out: what .gitignore
 * files (nested, as git reads them), .git/info/exclude and core.excludesFile ignore and git does not track, the defaults
 * of ignore-defaults.ts, and what .duckignore files ignore, which have the last word and may bring anything but `.git`
 * back. Symbolic links are neither followed nor given. Throws when the root itself can't be read.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkedFile, void, undefined> {
  const { signal, onUnreadable, onFolder } = options
  const tracked = await readTracked(root, signal)
  const start = await startOf(root, options.under, tracked)
  if (!start) return
  const stack = [start]
  while (stack.length > 0) {
    throwIfAborted(signal)
    const { rules, entries } = stack.pop() as Folder
    onFolder?.(rules.path)
    const files: string[] = []
    for (const entry of entries) {
      const isFolder = entry.isDirectory()
      if ((!isFolder && !entry.isFile()) || rules.ignores(entry.name, isFolder)) continue
      const path = rules.path === "" ? entry.name : `${rules.path}/${entry.name}`
      if (!isFolder) files.push(path)
      else {
        try {
          const below = await fs.readdir(join(root, path), { withFileTypes: true })
          const names = below.map((dirent) => dirent.name)
          const own = await rules.enter(entry.name, names)
          if (!own.ignoresItself(names)) stack.push({ rules: own, entries: below })
        } catch (error) {
          onUnreadable?.(path, error)
        }
      }
    }
    for (const path of files) {
      try {
        const stats = await fs.lstat(join(root, path))
        if (stats.isFile())
          yield { path, sizeBytes: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino }
      } catch (error) {
        onUnreadable?.(path, error)
      }
    }
  }
}

interface Folder {
  readonly rules: FolderRules
  readonly entries: readonly Dirent[]
}

async function startOf(root: string, under: string | undefined, tracked: Awaited<ReturnType<typeof readTracked>>) {
  const list = (path: string) => fs.readdir(path === "" ? root : join(root, path), { withFileTypes: true })
  let entries = await list("")
  let rules = await rootRules(root, entries.map((entry) => entry.name), tracked)
  for (const name of (under ?? "").split("/").filter((part) => part !== "" && part !== ".")) {
    if (!entries.some((entry) => entry.name === name && entry.isDirectory()) || rules.ignores(name, true)) return undefined
    entries = await list(rules.path === "" ? name : `${rules.path}/${name}`)
    const names = entries.map((entry) => entry.name)
    rules = await rules.enter(name, names)
    if (rules.ignoresItself(names)) return undefined
  }
  return { rules, entries }
}
