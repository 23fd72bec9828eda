import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs"
import { basename, dirname } from "node:path/posix"
import { systemCode } from "../../base/errors.ts"
import { DiskFullError } from "../errors.ts"
import { fsPath, namesIn } from "./byte-names.ts"
import { type ExactFolder, openExactFolder } from "./exact-folder.ts"
import { discard, fileWrites, place } from "./file-writes.ts"
import type { ObjectStore } from "./object-store.ts"
import type { LeftPath, PlannedChange } from "./plan.ts"
import type { FileStat } from "./stat-cache.ts"
import { timeSlices } from "./time-slices.ts"
import type { TreeEntry } from "./tree-object.ts"
import { changedSince } from "./unchanged.ts"

export interface ApplyOptions {
  /** Real path of the folder that the changes are relative to. */
  readonly root: string
  /** Parents before what is in them. */
  readonly changes: readonly PlannedChange[]
  readonly store: ObjectStore
  /** Of the restore: what is written beside its place is named after it, so that it can be taken away after a crash. */
  readonly id: string
  /** What a path looked like when it was planned; undefined where there is nothing to compare. */
  readonly statOf: (path: string) => FileStat | undefined
}

/**
 * Makes the changes: first what goes (the deepest first), then what comes (parents first), then the modes of folders.
 * Each file is replaced whole, by a rename; nothing is written through a link; and what is not as it was planned from is
 * left alone. Gives what was left. Throws DiskFullError, and what the store throws; doing the rest later is then safe.
 */
export async function applyChanges(options: ApplyOptions): Promise<LeftPath[]> {
  const { root, changes, store, id, statOf } = options
  const left: LeftPath[] = []
  const touched = new Set<string>()
  const modes = new Map<string, number>()
  let open: ExactFolder | undefined
  const breathe = timeSlices()
  const writes = fileWrites(store, temporaryNames(id))
  /** What the files that are being written replace. */
  const replaced = new Map<string, TreeEntry>()

  const folderOf = (path: string): ExactFolder | undefined => {
    const parent = dirname(path)
    const wanted = parent === "." ? root : `${root}/${parent}`
    if (open?.path !== wanted) {
      open?.close()
      open = openExactFolder(wanted)
      if (open && (open.mode & 0o300) !== 0o300) {
        // Its owner may still say who writes in it; it gets its mode back at the end.
        if (!modes.has(parent)) modes.set(parent, open.mode)
        open.setMode(open.mode | 0o300)
      }
      touched.add(parent)
    }
    return open
  }
  const attempt = (path: string, work: (folder: ExactFolder, name: string) => string | undefined) => {
    try {
      const folder = folderOf(path)
      const why = folder ? work(folder, basename(path)) : "the folder it belongs in is not there"
      if (why !== undefined) left.push({ path, why })
    } catch (thrown) {
      left.push({ path, why: reasonOf(thrown, path) })
    }
  }
  const placeOf = (folder: ExactFolder, path: string) => ({ at: folder.at(basename(path)), known: statOf(path), store })

  try {
    for (const change of changes.toReversed()) {
      const { path, now, target } = change
      if (!now || (target && isReplacedInPlace(now, target))) continue
      attempt(path, (folder, name) => {
        const why = changedSince(placeOf(folder, path), folder.stats(name), now)
        if (why !== undefined) return why
        if (now.kind === "folder") rmdirSync(folder.at(name))
        else unlinkSync(folder.at(name))
        return undefined
      })
      await breathe()
    }
    const isLeft = new Set(left.map(({ path }) => path))
    for (const { path, now, target } of changes) {
      if (!target || isLeft.has(path)) continue
      if (target.kind === "folder") {
        if (now?.kind !== "folder") attempt(path, (folder, name) => makeFolder(folder, name))
        modes.set(path, target.mode)
      } else if (target.kind !== "uncovered") {
        const inPlace = now && isReplacedInPlace(now, target) ? now : undefined
        attempt(path, (folder, name) => {
          const old = folder.stats(name)
          const why = inPlace ? changedSince(placeOf(folder, path), old, inPlace) : old && "something is there now"
          if (why !== undefined) return why
          if (inPlace) replaced.set(path, inPlace)
          if (target.kind === "link") putLink(folder, name, target.target, inPlace !== undefined)
          else writes.write(folder, path, target, inPlace && old)
          return undefined
        })
        if (writes.isFull) await placeWritten()
      }
      await breathe()
    }
    await placeWritten()
    for (const [path, mode] of [...modes].sort(([a], [b]) => (a < b ? 1 : -1))) {
      const folder = openExactFolder(path === "." ? root : `${root}/${path}`)
      if (!folder) continue
      try {
        folder.setMode(mode)
      } catch (thrown) {
        left.push({ path, why: reasonOf(thrown, path) })
      } finally {
        folder.close()
      }
    }
    for (const path of touched) syncFolder(path === "." ? root : `${root}/${path}`)
    return left
  } catch (thrown) {
    // Nothing of what was not placed stays behind.
    await writes.sync().catch(() => [])
    discardTemporaries(root, touched, id)
    throw thrown
  } finally {
    open?.close()
  }

  function putLink(folder: ExactFolder, name: string, target: string, isReplacing: boolean) {
    if (!isReplacing) return symlinkSync(fsPath(target), folder.at(name))
    const temporary = folder.at(`${temporaryPrefix(id)}${linkNumber}.tmp`)
    symlinkSync(fsPath(target), temporary)
    return renameSync(temporary, folder.at(name))
  }

  /** What was written so far takes its place, if that is still as it was. */
  async function placeWritten() {
    for (const { path, temporary } of await writes.sync()) {
      attempt(path, (folder, name) => {
        try {
          const now = replaced.get(path)
          const old = folder.stats(name)
          const why = now ? changedSince(placeOf(folder, path), old, now) : old && "something is there now"
          if (why === undefined) place(folder.at(temporary), folder.at(name), now !== undefined)
          return why
        } finally {
          discard(folder.at(temporary))
        }
      })
      await breathe()
    }
  }
}

/** As long as the names that `writeBytes` gives, which no checkpoint covers; in a batch each is another. */
const temporaryNames = (id: string) => (n: number) =>
  `${temporaryPrefix(id)}${String(n % linkNumber).padStart(6, "0")}.tmp`
const temporaryPrefix = (id: string) => `.duck-${id.slice(0, 20)}`
/** No file's. */
const linkNumber = 999_999

/** Takes away what a restore that was cut off left half written in these folders. */
export function discardTemporaries(root: string, folders: Iterable<string>, id: string): void {
  for (const path of folders) {
    const folder = openExactFolder(path === "." ? root : `${root}/${path}`)
    if (!folder) continue
    for (const name of namesIn(folder.path))
      if (name.startsWith(temporaryPrefix(id)) && name.endsWith(".tmp")) discard(folder.at(name))
    folder.close()
  }
}

/** A file or a link takes the place of another by a rename; anything else has to go first. */
const isReplacedInPlace = (now: TreeEntry, target: TreeEntry) => (now.kind === "folder") === (target.kind === "folder")

function makeFolder(folder: ExactFolder, name: string): string | undefined {
  if (folder.stats(name)) return "something is there now"
  mkdirSync(folder.at(name), { mode: 0o700 })
  return undefined
}

function syncFolder(path: string): void {
  const folder = openExactFolder(path)
  folder?.sync()
  folder?.close()
}

function reasonOf(thrown: unknown, path: string): string {
  switch (systemCode(thrown)) {
    case "ENOSPC":
    case "EDQUOT":
      throw new DiskFullError(path, thrown)
    case "ENOTEMPTY":
      return "the folder is not empty: something in it is not covered, or came later"
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
    case "ELOOP":
      return "something else is in its place"
    case "ENOENT":
      return "it was moved meanwhile"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "the system does not let RubberDuck write there"
    case "EBUSY":
    case "ETXTBSY":
      return "it is in use"
    default:
      throw thrown
  }
}
