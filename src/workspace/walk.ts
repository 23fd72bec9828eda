import { type Dirent, lstat, readdir, type Stats } from "node:fs"
import { throwIfAborted } from "../base/signal.ts"
import { readTracked } from "./git-tracked.ts"
import { type FolderRules, rootRules, type Tracked } from "./ignoring.ts"

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
  /** Only what lies under this folder (posix, relative to the root). Nothing, when it is ignored or not there. */
  readonly under?: string | undefined
  /** What git tracks, when the caller knows it already; else git is asked. */
  readonly tracked?: Tracked | undefined
  /** Hears of folders and files that could not be read; the walk goes on without them. */
  readonly onUnreadable?: ((path: string, error: Error) => void) | undefined
  /** Hears of each folder that is entered ("" is the root), with its rules. */
  readonly onFolder?: ((path: string, rules: FolderRules) => void) | undefined
}

/**
 * The regular files of a tree that are worth reading, folder by folder, in no promised order. Left out: what .gitignore
 * files (nested, as git reads them), .git/info/exclude and core.excludesFile ignore and git does not track, the defaults
 * of ignore-defaults.ts, and what .duckignore files ignore, which have the last word and may bring anything but `.git`
 * back. Symbolic links are neither followed nor given. Throws when the root itself can't be read.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkedFile, void, undefined> {
  const { signal, onUnreadable = () => {} } = options
  const tracked = options.tracked ?? (await readTracked(root, signal))
  const start = await startOf(root, options.under, tracked)
  const pending: Pending[] = start ? [start] : []
  while (pending.length > 0) {
    throwIfAborted(signal)
    const files: string[] = []
    const round = pending.splice(-foldersAtOnce)
    for (const entered of await Promise.all(round.map((folder) => enter(root, folder, onUnreadable)))) {
      if (!entered) continue
      const { rules, entries } = entered
      options.onFolder?.(rules.path, rules)
      for (const entry of entries) {
        const isFolder = entry.isDirectory()
        if ((!isFolder && !entry.isFile()) || rules.ignores(entry.name, isFolder)) continue
        if (isFolder) pending.push({ parent: rules, name: entry.name })
        else files.push(pathIn(rules.path, entry.name))
      }
    }
    for (let from = 0; from < files.length; from += filesAtOnce) {
      const batch = files.slice(from, from + filesAtOnce)
      const all = await statAll(root, batch)
      for (const [i, path] of batch.entries()) {
        const stats = all[i]
        if (stats instanceof Error) onUnreadable(path, stats)
        else if (stats?.isFile())
          yield { path, sizeBytes: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino }
      }
    }
  }
}

/** So many are asked of the system at once: enough to keep its threads busy, few enough to stay cancellable. */
const foldersAtOnce = 16
const filesAtOnce = 1024

type Pending = { readonly parent: FolderRules; readonly name: string } | { readonly rules: FolderRules }

export const pathIn = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`)

async function enter(root: string, folder: Pending, onUnreadable: (path: string, error: Error) => void) {
  const path = "rules" in folder ? folder.rules.path : pathIn(folder.parent.path, folder.name)
  const entries = await entriesOf(root, path)
  if (entries instanceof Error) {
    if (path === "") throw entries
    onUnreadable(path, entries)
    return undefined
  }
  if ("rules" in folder) return { rules: folder.rules, entries }
  const names = entries.map((entry) => entry.name)
  const rules = await folder.parent.enter(folder.name, names)
  return rules.ignoresItself(names) ? undefined : { rules, entries }
}

async function startOf(root: string, under: string | undefined, tracked: Tracked | undefined) {
  const top = await entriesOf(root, "")
  if (top instanceof Error) throw top
  const names = top.map((entry) => entry.name)
  return rulesAt(await rootRules(root, names, tracked), root, under ?? "")
}

/** The rules in force in a folder below; undefined when it is ignored, gone or not a folder. */
export async function rulesAt(start: FolderRules, root: string, under: string) {
  let rules = start
  for (const name of under.split("/").filter((part) => part !== "" && part !== ".")) {
    if (rules.ignores(name, true)) return undefined
    const [stats] = await statAll(root, [pathIn(rules.path, name)])
    const entries = await entriesOf(root, pathIn(rules.path, name))
    if (!stats || stats instanceof Error || !stats.isDirectory() || entries instanceof Error) return undefined
    const names = entries.map((entry) => entry.name)
    rules = await rules.enter(name, names)
    if (rules.ignoresItself(names)) return undefined
  }
  return { rules }
}

// The callback forms of fs: a promise for every file would take half of the walk's time.

function entriesOf(root: string, path: string): Promise<Dirent[] | Error> {
  return new Promise((resolve) =>
    readdir(path === "" ? root : `${root}/${path}`, { withFileTypes: true }, (error, entries) =>
      resolve(error ?? entries),
    ),
  )
}

/** Stats or the error of each path, links not followed. */
export function statAll(root: string, paths: readonly string[]): Promise<(Stats | Error)[]> {
  return new Promise((resolve) => {
    const all: (Stats | Error)[] = new Array(paths.length)
    let left = paths.length
    if (left === 0) resolve(all)
    paths.forEach((path, i) => {
      lstat(`${root}/${path}`, (error, stats) => {
        all[i] = error ?? stats
        if (--left === 0) resolve(all)
      })
    })
  })
}
