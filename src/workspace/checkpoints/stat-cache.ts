import type { Stats } from "node:fs"
import { z } from "zod"
import { pathIn } from "../walk.ts"
import type { ObjectStore } from "./object-store.ts"
import { type TreeEntry, uncoveredReasons } from "./tree-object.ts"

/** What a file looked like when it was read; equal figures mean that it need not be read again (see `isClean`). */
export interface FileStat {
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
  /** When its stat was taken, before its bytes were read. 0: it changed while it was read. */
  readonly readAtMs: number
}

export interface KnownEntry {
  readonly entry: TreeEntry
  /** Of files, links, and folders of dependencies that are not covered. */
  readonly stat?: FileStat | undefined
}

/** A folder as the last look at it found it. */
export interface FolderRecord {
  /** Of its tree object, which is in the store. */
  readonly hash: string
  /** In the order in which the system gave the names. */
  readonly known: readonly KnownEntry[]
  /** Of the folder itself, from before its names were read; absent where that proves nothing. */
  readonly stat?: FileStat | undefined
}

/** Folders of one base by their path, "" for the base itself; what has changed is written with the store's next flush. */
export interface StatCache {
  get(path: string): FolderRecord | undefined
  set(path: string, record: FolderRecord): void
  /** Nothing but the folder's own stat is another: not worth a write. */
  renew(path: string, record: FolderRecord): void
  /** Forgets what lies under a folder that is gone, or is looked at no more. */
  drop(path: string): void
  /** The changes, for the transaction that makes the objects they name durable. */
  write(): void
  isChanged(): boolean
  /** Forgets the folders that name what `isLive` does not: it is about to be removed from the store. */
  retain(isLive: (hash: string) => boolean): void
}

/** The coarsest time stamps in use: FAT's two seconds; ext4, APFS and NTFS are far finer, and a kernel tick is 10 ms. */
const clockGrainMs = process.platform === "win32" ? 2000 : 20

/**
 * Whether a file with these figures is sure to be as it was when read. One that was modified at the time it was read, give
 * or take the file system's clock, may have changed again without a trace: git calls it racily clean, and so do we. The
 * change time counts as well, which no program can set: not even `touch -d` hides a change.
 */
export function isClean(known: FileStat, now: Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino">): boolean {
  return (
    known.mtimeMs === now.mtimeMs &&
    known.ctimeMs === now.ctimeMs &&
    known.sizeBytes === now.size &&
    known.inode === now.ino &&
    isSettled(known)
  )
}

/** Whether it was last modified so long before it was read that a later change can't have the same times. */
export const isSettled = ({ mtimeMs, ctimeMs, readAtMs }: FileStat): boolean =>
  Math.max(mtimeMs, ctimeMs) < readAtMs - clockGrainMs

export interface FolderNames {
  readonly names: readonly string[]
  /** By NUL, as they are handed to another thread. */
  readonly joined: string
}
const namesOfRecords = new WeakMap<FolderRecord, FolderNames>()

/** The names of a folder; a record that stays from look to look is asked once. */
export function namesOf(record: FolderRecord): FolderNames {
  let known = namesOfRecords.get(record)
  if (!known) {
    const names = record.known.map(({ entry }) => entry.name)
    known = { names, joined: names.join("\0") }
    namesOfRecords.set(record, known)
  }
  return known
}

const statRow = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])
const knownRow = z.union([
  z.tuple([z.literal(["f", "p"]), z.string(), z.int(), z.string(), statRow]),
  z.tuple([z.literal("l"), z.string(), z.string(), statRow]),
  z.tuple([z.literal("d"), z.string(), z.int(), z.string()]),
  z.tuple([z.literal("u"), z.string(), z.enum(uncoveredReasons), statRow.nullable()]),
])
const recordSchema = z.tuple([z.string(), z.array(knownRow), statRow.nullable()])

/** The cache of one base, read from the store's database. */
export function statCache(store: ObjectStore, base: string): StatCache {
  const { db } = store
  const folders = new Map<string, FolderRecord>()
  const changed = new Set<string>()
  const put = db.prepare("INSERT OR REPLACE INTO folder (base, path, record) VALUES (?, ?, ?)")
  const remove = db.prepare("DELETE FROM folder WHERE base = ? AND path = ?")
  for (const row of db.prepare("SELECT path, record FROM folder WHERE base = ?").iterate(base)) {
    const record = decodeRecord(String(row.record))
    if (record) folders.set(JSON.parse(String(row.path)), record)
  }
  return {
    get: (path) => folders.get(path),
    set(path, record) {
      folders.set(path, record)
      changed.add(path)
    },
    renew: (path, record) => void folders.set(path, record),
    drop(path) {
      const record = folders.get(path)
      if (!record) return
      for (const { entry } of record.known) if (entry.kind === "folder") this.drop(pathIn(path, entry.name))
      folders.delete(path)
      changed.add(path)
    },
    write() {
      for (const path of changed) {
        const record = folders.get(path)
        // A path may hold lone surrogates, which SQLite's text can't: JSON can.
        if (record) put.run(base, JSON.stringify(path), encodeRecord(record))
        else remove.run(base, JSON.stringify(path))
      }
      changed.clear()
    },
    isChanged: () => changed.size > 0,
    retain(isLive) {
      const isWhole = ({ entry }: KnownEntry) => entry.kind !== "file" || isLive(entry.hash)
      for (const [path, { hash, known }] of folders) {
        if (isLive(hash) && known.every(isWhole)) continue
        folders.delete(path)
        changed.add(path)
      }
    },
  }
}

const rowOfStat = ({ sizeBytes, mtimeMs, ctimeMs, inode, readAtMs }: FileStat): z.infer<typeof statRow> => [
  sizeBytes,
  mtimeMs,
  ctimeMs,
  inode,
  readAtMs,
]
const noStat: FileStat = { sizeBytes: 0, mtimeMs: 0, ctimeMs: 0, inode: 0, readAtMs: 0 }

const encodeRecord = ({ hash, known, stat }: FolderRecord): string =>
  JSON.stringify([hash, known.map(rowOf), stat ? rowOfStat(stat) : null])

function rowOf({ entry, stat = noStat }: KnownEntry): z.infer<typeof knownRow> {
  switch (entry.kind) {
    case "file":
      return [entry.isParted ? "p" : "f", entry.name, entry.mode, entry.hash, rowOfStat(stat)]
    case "link":
      return ["l", entry.name, entry.target, rowOfStat(stat)]
    case "folder":
      return ["d", entry.name, entry.mode, entry.hash]
    case "uncovered":
      return ["u", entry.name, entry.why, stat === noStat ? null : rowOfStat(stat)]
  }
}

/** Undefined for a row that can't be read: the folder is looked at anew. */
function decodeRecord(text: string): FolderRecord | undefined {
  const read = recordSchema.safeParse(parsed(text))
  if (!read.success) return undefined
  const [hash, rows, stat] = read.data
  return { hash, known: rows.map(knownOf), ...(stat ? { stat: statOf(stat) } : {}) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const statOf = ([sizeBytes, mtimeMs, ctimeMs, inode, readAtMs]: z.infer<typeof statRow>): FileStat => ({
  sizeBytes,
  mtimeMs,
  ctimeMs,
  inode,
  readAtMs,
})

function knownOf(row: z.infer<typeof knownRow>): KnownEntry {
  switch (row[0]) {
    case "l":
      return { entry: { kind: "link", name: row[1], target: row[2] }, stat: statOf(row[3]) }
    case "d":
      return { entry: { kind: "folder", name: row[1], mode: row[2], hash: row[3] } }
    case "u":
      return { entry: { kind: "uncovered", name: row[1], why: row[2] }, ...(row[3] ? { stat: statOf(row[3]) } : {}) }
    default: {
      const stat = statOf(row[4])
      const entry = { kind: "file", name: row[1], mode: row[2], hash: row[3], sizeBytes: stat.sizeBytes } as const
      return { entry: { ...entry, isParted: row[0] === "p" }, stat }
    }
  }
}
