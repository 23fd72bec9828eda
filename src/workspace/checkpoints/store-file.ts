import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs"
import { z } from "zod"
import { systemCode } from "../../base/errors.ts"
import { fsPath } from "./byte-names.ts"
import { SnapshotDamagedError } from "./errors.ts"
import type { ObjectStore } from "./object-store.ts"
import type { FileStat } from "./stat-cache.ts"
import type { TreeEntry } from "./tree-object.ts"

/** Larger files are stored in parts of this size: memory stays flat, and what is appended to costs one part anew. */
const partBytes = 4 * 1024 * 1024
/** So often a file that changes under the reader is read again before it is taken as it is. */
const attempts = 3

type FileEntry = Extract<TreeEntry, { kind: "file" }>

export type ReadFile =
  | { readonly kind: "read"; readonly entry: FileEntry; readonly stat: FileStat; readonly isSteady: boolean }
  | { readonly kind: "gone" | "unreadable" | "not a file" | "too large" }

export interface FileReader {
  /** Reads the file into the store. Calls `breathe` between the parts of a large one. */
  read(path: string, name: string, maxBytes: number, breathe: () => Promise<void>): Promise<ReadFile>
}

/** Never follows a link, never waits for a pipe, and knows a file that changed while it was read. */
export function fileReader(store: ObjectStore, now: () => number): FileReader {
  let scratch = Buffer.allocUnsafe(256 * 1024)

  async function readOnce(path: string, name: string, maxBytes: number, breathe: () => Promise<void>) {
    const readAtMs = now()
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    const descriptor = openSync(fsPath(path), flags)
    try {
      const before = fstatSync(descriptor)
      if (!before.isFile()) return { kind: "not a file" } as const
      if (before.size > maxBytes) return { kind: "too large" } as const
      const { hash, sizeBytes, isParted } =
        before.size > partBytes ? await readParts(descriptor, maxBytes, breathe) : readWhole(descriptor, before.size)
      const after = fstatSync(descriptor)
      const isSteady = isSameStat(before, after) && sizeBytes === before.size
      const entry: FileEntry = { kind: "file", name, mode: before.mode & 0o7777, hash, sizeBytes, isParted }
      return { kind: "read", entry, stat: statOf(before, isSteady ? readAtMs : 0), isSteady } as const
    } finally {
      closeSync(descriptor)
    }
  }

  function readWhole(descriptor: number, size: number) {
    if (scratch.length <= size)
      scratch = Buffer.allocUnsafe(Math.min(partBytes + 1, Math.max(size + 1, scratch.length * 2)))
    const length = fillFrom(descriptor, scratch.subarray(0, size + 1), 0)
    // The store keeps what it is given until it is flushed; the scratch is used again.
    const hash = store.put(Buffer.from(scratch.subarray(0, length)))
    return { hash, sizeBytes: length, isParted: false }
  }

  async function readParts(descriptor: number, maxBytes: number, breathe: () => Promise<void>) {
    const parts: string[] = []
    let sizeBytes = 0
    while (sizeBytes <= maxBytes) {
      const part = Buffer.allocUnsafe(partBytes)
      const length = fillFrom(descriptor, part, sizeBytes)
      if (length > 0) parts.push(store.put(part.subarray(0, length)))
      sizeBytes += length
      if (length < partBytes) break
      await breathe()
    }
    return { hash: store.put(Buffer.from(JSON.stringify(parts))), sizeBytes, isParted: true }
  }

  return {
    async read(path, name, maxBytes, breathe) {
      try {
        for (let attempt = 1; ; attempt++) {
          const read = await readOnce(path, name, maxBytes, breathe)
          if (read.kind !== "read" || read.isSteady || attempt === attempts) return read
        }
      } catch (thrown) {
        return { kind: failureOf(thrown) }
      }
    },
  }
}

/** The bytes of a file's entry, one part after the other. Throws SnapshotDamagedError. */
export function* contentOf(store: ObjectStore, entry: FileEntry): Generator<Uint8Array, void, undefined> {
  if (!entry.isParted) yield store.get(entry.hash)
  else for (const part of partsOf(store, entry.hash)) yield store.get(part)
}

/** The objects that hold a file's bytes. */
export function* objectsOf(store: ObjectStore, entry: FileEntry): Generator<string, void, undefined> {
  yield entry.hash
  if (entry.isParted) yield* partsOf(store, entry.hash)
}

const partsSchema = z.array(z.string())

function partsOf(store: ObjectStore, hash: string): string[] {
  try {
    return partsSchema.parse(JSON.parse(Buffer.from(store.get(hash)).toString()))
  } catch (cause) {
    if (cause instanceof SnapshotDamagedError) throw cause
    throw new SnapshotDamagedError(hash, "it is no list of parts", cause)
  }
}

function fillFrom(descriptor: number, buffer: Buffer, position: number): number {
  let length = 0
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, position + length)
    if (count === 0) break
    length += count
  }
  return length
}

const isSameStat = (a: Stats, b: Stats) => a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs

export const statOf = (stats: Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino">, readAtMs: number): FileStat => ({
  sizeBytes: stats.size,
  mtimeMs: stats.mtimeMs,
  ctimeMs: stats.ctimeMs,
  inode: stats.ino,
  readAtMs,
})

/** What became of a path that could not be looked at. Throws what is no fault of the path. */
export function failureOf(thrown: unknown): "gone" | "unreadable" | "not a file" {
  switch (systemCode(thrown)) {
    case "ENOENT":
    case "ENOTDIR":
      return "gone"
    case "EACCES":
    case "EPERM":
    case "ENAMETOOLONG":
    case "EIO":
    case "EBUSY":
    case "ETXTBSY":
      return "unreadable"
    // A link where a file was a moment ago, or a device nobody drives.
    case "ELOOP":
    case "ENXIO":
    case "ENODEV":
      return "not a file"
    default:
      throw thrown
  }
}
