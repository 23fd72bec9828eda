import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  linkSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs"
import { systemCode } from "../../base/errors.ts"
import type { ExactFolder } from "./exact-folder.ts"
import type { ObjectStore } from "./object-store.ts"
import { contentOf } from "./store-file.ts"
import type { TreeEntry } from "./tree-object.ts"

/** A file that is written beside its place, and has yet to take it. */
export interface Written {
  readonly path: string
  readonly temporary: string
  readonly descriptor: number
}

/** Writes files, many of them before the disk is asked to keep them: it then does so in a fraction of the time. */
export interface FileWrites {
  /** Writes a file beside its place in the folder. `old` is what it is to replace. */
  write(folder: ExactFolder, path: string, target: Extract<TreeEntry, { kind: "file" }>, old: Stats | undefined): void
  readonly isFull: boolean
  /** Makes them durable and closes them. Their names are the caller's, to place or to discard. */
  sync(): Promise<readonly Written[]>
}

const mostFiles = 64
const mostBytes = 64 * 1024 * 1024

/** `temporaryName` gives the name of the nth file. */
export function fileWrites(store: ObjectStore, temporaryName: (n: number) => string): FileWrites {
  let written: Written[] = []
  let bytes = 0
  let count = 0
  return {
    write(folder, path, target, old) {
      const temporary = temporaryName(count++)
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
      const descriptor = openSync(folder.at(temporary), flags, 0o600)
      try {
        for (const part of contentOf(store, target)) writeAll(descriptor, part)
        if (old?.isFile()) keepOwner(descriptor, old)
        // After the owner, as changing that drops the set-user bits.
        fchmodSync(descriptor, target.mode)
      } catch (thrown) {
        closeSync(descriptor)
        discard(folder.at(temporary))
        throw thrown
      }
      written.push({ path, temporary, descriptor })
      bytes += target.sizeBytes
    },
    get isFull() {
      return written.length >= mostFiles || bytes >= mostBytes
    },
    async sync() {
      const all = written
      written = []
      bytes = 0
      const synced = await Promise.allSettled(all.map(({ descriptor }) => syncFile(descriptor)))
      for (const { descriptor } of all) closeSync(descriptor)
      const failed = synced.find((one) => one.status === "rejected")
      if (failed) throw failed.reason
      return all
    },
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

const syncFile = (descriptor: number) =>
  new Promise<void>((resolve, reject) => fsync(descriptor, (error) => (error ? reject(error) : resolve())))

function keepOwner(descriptor: number, { uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch {
    // Only root may give files away; whoever restores then owns the file.
  }
}

/** Lets a file take its place: over what it replaces, or where nothing is. */
export function place(temporary: string | Buffer, at: string | Buffer, isReplacing: boolean): void {
  if (isReplacing) renameSync(temporary, at)
  else placeNew(temporary, at)
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

/** Takes a temporary file away. */
export function discard(path: string | Buffer): void {
  try {
    unlinkSync(path)
  } catch {
    // It took its place already, or was never made.
  }
}
