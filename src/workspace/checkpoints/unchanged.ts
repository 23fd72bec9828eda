import { closeSync, constants, openSync, readlinkSync, readSync, type Stats } from "node:fs"
import { nameOf } from "./byte-names.ts"
import type { ObjectStore } from "./object-store.ts"
import type { FileStat } from "./stat-cache.ts"
import { contentOf } from "./store-file.ts"
import type { TreeEntry } from "./tree-object.ts"

/** Why what is there is not what was looked at; undefined when it is. */
export function changedSince(place: Place, stats: Stats | undefined, now: TreeEntry): string | undefined {
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
