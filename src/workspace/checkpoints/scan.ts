import { readlinkSync, realpathSync } from "node:fs"
import { dirname } from "node:path/posix"
import { systemCode } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { AccessDeniedError, FileNotFoundError } from "../errors.ts"
import { pathIn } from "../walk.ts"
import { fsPath, nameOf } from "./byte-names.ts"
import { type CoverageLimits, isDependencyFolder, isIgnoredName, isOverLimit } from "./coverage.ts"
import { TreeMovedError } from "./errors.ts"
import { exactDevice, type Figures, figuresAt, isKind, listFolder } from "./listing.ts"
import type { ObjectStore } from "./object-store.ts"
import type { AheadFolder, StatAhead } from "./stat-ahead.ts"
import { type FolderRecord, isClean, isSettled, type KnownEntry, namesOf, type StatCache } from "./stat-cache.ts"
import { failureOf, fileReader, statOf } from "./store-file.ts"
import { timeSlices } from "./time-slices.ts"
import { encodeTree, type TreeEntry, type Uncovered } from "./tree-object.ts"

/** A folder as it is on the disk, in the store. */
export interface Snapshot {
  /** Hash of its tree object. */
  readonly tree: string
  readonly files: number
  readonly bytes: number
  /** What is there and not in the snapshot. */
  readonly uncovered: readonly UncoveredPath[]
  /** Files that were written all the while they were read: what was stored may be neither old nor new. */
  readonly changing: readonly string[]
}

export interface UncoveredPath {
  readonly path: string
  readonly why: Uncovered
  /** Null where it is not known without looking through a folder. */
  readonly sizeBytes: number | null
}

export interface ScanOptions {
  /** Real path of the folder. */
  readonly root: string
  readonly store: ObjectStore
  readonly cache: StatCache
  readonly limits: CoverageLimits
  /** Folders that are covered by themselves, and so not as part of this one. */
  readonly others: readonly string[]
  /** Real path of RubberDuck's own data, which is never looked into. */
  readonly dataFolder: string
  readonly now: () => number
  /** Folders of dependencies that are covered however large they are: those that a restore is about to change. */
  readonly coversAnyway?: ((path: string) => boolean) | undefined
  /** Looks at the folders that are known from the last time in a second thread. */
  readonly ahead?: StatAhead | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks at every name of the tree, by `lstat`: the times of folders prove nothing about the files in them. They prove that
 * no name came or went, where the file system is known to keep them so: then names need not be read. Reads what is not
 * sure to be as it was, stores what is new, and leaves the rest to the cache. The caller flushes the store.
 */
export async function scan(options: ScanOptions): Promise<Snapshot> {
  const { root, store, cache, limits, others, dataFolder, now, signal } = options
  const coversAnyway = options.coversAnyway ?? (() => false)
  const reader = fileReader(store, now)
  const uncovered: UncoveredPath[] = []
  const changing: string[] = []
  let files = 0
  let bytes = 0

  const slice = timeSlices()
  const breathe = () => slice(signal)
  const leaveOut = (path: string, name: string, why: Uncovered, stats?: Figures): KnownEntry => {
    uncovered.push({ path, why, sizeBytes: stats && isKind(stats, "file") ? stats.size : null })
    return { entry: { kind: "uncovered", name, why } }
  }

  /** `own`: the folder's figures, from before. */
  async function scanFolder(path: string, absolute: string, own: Figures): Promise<FolderRecord | undefined> {
    const readAtMs = now()
    const listing = (await ahead?.take(path)) ?? listFolder(absolute, sureNames(cache.get(path), own))
    if (typeof listing === "string") {
      if (path === "") throw listing === "gone" ? new FileNotFoundError(root) : new AccessDeniedError(root, "read")
      return undefined
    }
    await breathe()
    const before = cache.get(path)
    // What the other thread found, it may have found as early as its task was begun.
    const figures = listing.folder ?? own
    const stat = statOf(figures, listing.folder ? begunAtMs : readAtMs)
    const isProof = figures.dev === device && !others.some((other) => dirname(other) === absolute)
    const known: KnownEntry[] = []
    let isSame = before !== undefined
    let isPlaceChecked = false
    let byName: Map<string, KnownEntry> | undefined
    // Not by `entries()`, which makes an array for each of many thousand names.
    let at = -1
    for (const name of listing.names) {
      at += 1
      let old = before?.known[known.length]
      if (old?.entry.name !== name) {
        if (isIgnoredName(name)) continue
        byName ??= new Map(before?.known.map((one) => [one.entry.name, one]))
        old = byName.get(name)
        isSame = false
      }
      const full = `${absolute}/${name}`
      const stats = listing.figuresOf(at)
      if (stats === undefined) continue
      let next: KnownEntry | undefined
      if (typeof stats === "string") next = leaveOut(pathIn(path, name), name, "unreadable")
      else if (isKind(stats, "file")) {
        if (old?.entry.kind === "file" && old.stat && isClean(old.stat, stats)) next = old
        else {
          // What is read must lie where it seems to: a folder on the way may have become a link.
          if (!isPlaceChecked && !isExactly(absolute)) throw new TreeMovedError(absolute)
          isPlaceChecked = true
          next = await scanFile(pathIn(path, name), name, full, stats)
          await breathe()
        }
        if (next?.entry.kind === "file") {
          files += 1
          bytes += next.entry.sizeBytes
        }
      } else if (isKind(stats, "folder")) next = await scanSubfolder(pathIn(path, name), name, full, stats, old)
      else if (isKind(stats, "link")) next = linkAt(name, full, stats, old)
      else next = leaveOut(pathIn(path, name), name, "not a file", stats)
      if (next === undefined) continue
      if (old !== undefined && isUnchanged(old, next)) known.push(old)
      else {
        isSame = false
        known.push(next)
      }
    }
    if (before && isSame && known.length === before.known.length) {
      if (!isProof || (before.stat && isClean(before.stat, figures))) return before
      const renewed = { ...before, stat }
      cache.renew(path, renewed)
      return renewed
    }
    const folders = new Set(known.flatMap(({ entry }) => (entry.kind === "folder" ? [entry.name] : [])))
    for (const { entry } of before?.known ?? [])
      if (entry.kind === "folder" && !folders.has(entry.name)) cache.drop(pathIn(path, entry.name))
    const hash = store.put(encodeTree(known.map(({ entry }) => entry)))
    const record = { hash, known, ...(isProof ? { stat } : {}) }
    cache.set(path, record)
    return record
  }

  async function scanFile(path: string, name: string, full: string, stats: Figures): Promise<KnownEntry | undefined> {
    const read = await reader.read(full, name, limits.maxFileBytes, breathe)
    if (read.kind === "gone") return undefined
    if (read.kind !== "read") return leaveOut(path, name, read.kind, stats)
    if (!read.isSteady) changing.push(path)
    return { entry: read.entry, stat: read.stat }
  }

  async function scanSubfolder(path: string, name: string, full: string, stats: Figures, old: KnownEntry | undefined) {
    if (others.includes(full)) return undefined
    if (full === dataFolder) return leaveOut(path, name, "own data")
    const isLimited = isDependencyFolder(name) && !coversAnyway(path)
    if (isLimited && isStillTooLarge(old, full, stats)) {
      uncovered.push({ path, why: "dependencies", sizeBytes: null })
      // Looked through again when names come to it or go: then it may be small.
      return { ...tooLarge(name), stat: statOf(stats, now()) }
    }
    const [filesBefore, bytesBefore, uncoveredBefore] = [files, bytes, uncovered.length]
    const record = await scanFolder(path, full, stats)
    if (!record) return figuresAt(full) === undefined ? undefined : leaveOut(path, name, "unreadable")
    const isOver = files - filesBefore > limits.maxDependencyFiles || bytes - bytesBefore > limits.maxDependencyBytes
    if (isLimited && isOver) {
      files = filesBefore
      bytes = bytesBefore
      uncovered.length = uncoveredBefore
      cache.drop(path)
      uncovered.push({ path, why: "dependencies", sizeBytes: null })
      return { ...tooLarge(name), stat: statOf(stats, now()) }
    }
    const entry: TreeEntry = { kind: "folder", name, mode: stats.mode & 0o7777, hash: record.hash }
    return { entry }
  }

  function isStillTooLarge(old: KnownEntry | undefined, full: string, stats: Figures): boolean {
    // One that was covered so far is looked through by the scan itself.
    if (old?.entry.kind === "folder") return false
    if (old?.entry.kind === "uncovered" && old.stat && isClean(old.stat, stats)) return true
    return isOverLimit(full, limits)
  }

  function linkAt(name: string, full: string, stats: Figures, old: KnownEntry | undefined): KnownEntry | undefined {
    if (old?.entry.kind === "link" && old.stat && isClean(old.stat, stats)) return old
    const readAtMs = now()
    try {
      const target = nameOf(readlinkSync(fsPath(full), { encoding: "buffer" }))
      return { entry: { kind: "link", name, target }, stat: statOf(stats, readAtMs) }
    } catch (thrown) {
      if (systemCode(thrown) === "EINVAL" || failureOf(thrown) === "gone") return undefined
      return { entry: { kind: "uncovered", name, why: "unreadable" } }
    }
  }

  /** What a folder's times say: the names that were read last are those that there are. */
  function sureNames(record: FolderRecord | undefined, own: Figures): readonly string[] | undefined {
    if (!record?.stat || own.dev !== device || !isClean(record.stat, own)) return undefined
    return namesOf(record).names
  }

  throwIfAborted(signal)
  const device = exactDevice(root)
  const begunAtMs = now()
  const ahead = options.ahead?.begin(root, knownFolders(cache), device)
  try {
    const own = figuresAt(root)
    if (own === undefined) throw new FileNotFoundError(root)
    if (own === "unreadable") throw new AccessDeniedError(root, "read")
    const top = await scanFolder("", root, own)
    if (!top) throw new FileNotFoundError(root)
    return { tree: top.hash, files, bytes, uncovered, changing }
  } finally {
    ahead?.end()
  }
}

const tooLarge = (name: string) => ({ entry: { kind: "uncovered", name, why: "dependencies" } }) as const

/** The folders of the last look, in the order in which this one comes by. */
function knownFolders(cache: StatCache): AheadFolder[] {
  const folders: AheadFolder[] = []
  const enter = (path: string) => {
    const record = cache.get(path)
    if (!record) return
    const { stat, known } = record
    const isSure = stat !== undefined && isSettled(stat)
    folders.push({ path, sure: isSure ? { stat, ...namesOf(record) } : undefined })
    for (const { entry } of known) if (entry.kind === "folder") enter(pathIn(path, entry.name))
  }
  enter("")
  return folders
}

/** Whether a name needs no new row, neither in the tree nor in the cache. */
function isUnchanged(old: KnownEntry, next: KnownEntry): boolean {
  if (old === next) return true
  if (old.entry.kind === "folder")
    return next.entry.kind === "folder" && old.entry.hash === next.entry.hash && old.entry.mode === next.entry.mode
  if (old.entry.kind !== "uncovered" || next.entry.kind !== "uncovered") return false
  return old.entry.why === next.entry.why && (next.stat === undefined || next.stat.ctimeMs === old.stat?.ctimeMs)
}

/** Whether a folder really lies where its path says, with no link on the way. */
function isExactly(folder: string): boolean {
  try {
    return nameOf(realpathSync.native(fsPath(folder), { encoding: "buffer" })) === folder
  } catch {
    return false
  }
}
