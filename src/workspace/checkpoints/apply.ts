import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs"
import { basename, dirname } from "node:path/posix"
import { systemCode } from "../../base/errors.ts"
import { DiskFullError } from "../errors.ts"
import { fsPath, nameOf } from "./byte-names.ts"
import { type ExactFolder, openExactFolder } from "./exact-folder.ts"
import type { ObjectStore } from "./object-store.ts"
import type { LeftPath, PlannedChange } from "./plan.ts"
import type { FileStat } from "./stat-cache.ts"
import { contentOf } from "./store-file.ts"
import { timeSlices } from "./time-slices.ts"
import type { TreeEntry } from "./tree-object.ts"

export interface ApplyOptions {
  /** Real path of the folder that the changes are relative to. */
  readonly root: string
  /** Parents before what is in them. */
  readonly changes: readonly PlannedChange[]
  readonly store: ObjectStore
  /** Name of the file that is written before it takes its place: the same after a crash, so that it can be taken away. */
  readonly temporaryName: string
  /** What a path looked like when it was planned; undefined where there is nothing to compare. */
  readonly statOf: (path: string) => FileStat | undefined
}

/**
 * Makes the changes: first what goes (the deepest first), then what comes (parents first), then the modes of folders.
 * Each file is replaced whole, by a rename; nothing is written through a link; and what is not as it was planned from is
 * left alone. Gives what was left. Throws DiskFullError, and what the store throws; doing the rest later is then safe.
 */
export async function applyChanges(options: ApplyOptions): Promise<LeftPath[]> {
  const { root, changes, store, temporaryName, statOf } = options
  const left: LeftPath[] = []
  const touched = new Set<string>()
  const modes = new Map<string, number>()
  let open: ExactFolder | undefined
  const breathe = timeSlices()

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
      } else {
        const inPlace = now && isReplacedInPlace(now, target)
        attempt(path, (folder, name) => {
          const old = folder.stats(name)
          const why = inPlace ? changedSince(placeOf(folder, path), old, now) : old && "something is there now"
          return why ?? put(folder, name, target, inPlace ? old : undefined)
        })
      }
      await breathe()
    }
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
  } finally {
    open?.close()
  }

  function put(folder: ExactFolder, name: string, target: TreeEntry, old: Stats | undefined): string | undefined {
    const temporary = folder.at(temporaryName)
    discard(temporary)
    try {
      if (target.kind === "link") symlinkSync(fsPath(target.target), temporary)
      else if (target.kind === "file") writeFile(temporary, contentOf(store, target), target.mode, old)
      if (old || target.kind === "link") renameSync(temporary, folder.at(name))
      else placeNew(temporary, folder.at(name))
      return undefined
    } finally {
      discard(temporary)
    }
  }
}

/** Takes away what a restore that was cut off left half written in these folders. */
export function discardTemporaries(root: string, folders: Iterable<string>, temporaryName: string): void {
  for (const path of folders) {
    const folder = openExactFolder(path === "." ? root : `${root}/${path}`)
    if (!folder) continue
    discard(folder.at(temporaryName))
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

/** Why what is there is not what was looked at; undefined when it is. */
function changedSince(place: Place, stats: Stats | undefined, now: TreeEntry): string | undefined {
  if (!stats) return "it is gone already"
  if (now.kind === "folder") return stats.isDirectory() ? undefined : "it was replaced meanwhile"
  const isKind = now.kind === "link" ? stats.isSymbolicLink() : stats.isFile()
  const isSame = isKind && (isUntouched(stats, place.known) || hasContent(place, stats, now))
  return isSame ? undefined : "it was changed meanwhile"
}

interface Place {
  readonly at: string | Buffer
  readonly known: FileStat | undefined
  readonly store: ObjectStore
}

const isUntouched = (stats: Stats, known: FileStat | undefined) =>
  known !== undefined &&
  stats.ino === known.inode &&
  stats.size === known.sizeBytes &&
  stats.mtimeMs === known.mtimeMs &&
  stats.ctimeMs === known.ctimeMs

/** Replacing one of several hard links changes the times of the others: then the bytes themselves decide. */
function hasContent({ at, store }: Place, stats: Stats, now: TreeEntry): boolean {
  if (now.kind === "link") return nameOf(readlinkSync(at, { encoding: "buffer" })) === now.target
  if (now.kind !== "file" || stats.size !== now.sizeBytes || (stats.mode & 0o7777) !== now.mode) return false
  const descriptor = openSync(at, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    for (const bytes of contentOf(store, now)) if (!bytesAre(descriptor, bytes)) return false
    return true
  } finally {
    closeSync(descriptor)
  }
}

function bytesAre(descriptor: number, wanted: Uint8Array): boolean {
  const found = Buffer.allocUnsafe(wanted.length)
  let length = 0
  while (length < found.length) {
    const count = readSync(descriptor, found, length, found.length - length, null)
    if (count === 0) return false
    length += count
  }
  return found.equals(wanted)
}

function writeFile(path: string | Buffer, content: Iterable<Uint8Array>, mode: number, old: Stats | undefined): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    for (const bytes of content) for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    if (old?.isFile()) keepOwner(descriptor, old)
    // After the owner, as changing that drops the set-user bits.
    fchmodSync(descriptor, mode)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function keepOwner(descriptor: number, { uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch {
    // Only root may give files away; whoever restores then owns the file.
  }
}

/** A link, unlike a rename, fails when someone else made the file meanwhile. */
function placeNew(temporary: string | Buffer, place: string | Buffer): void {
  try {
    linkSync(temporary, place)
  } catch (thrown) {
    // File systems without hard links.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(systemCode(thrown) ?? "")) throw thrown
    renameSync(temporary, place)
  }
}

function discard(path: string | Buffer): void {
  try {
    unlinkSync(path)
  } catch {
    // It took its place already, or was never made.
  }
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
