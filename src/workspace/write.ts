import { constants, promises as fs, type Stats } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { join } from "node:path"
import { systemCode } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { type Bounds, boundsOf, openFolder, pathError, refuse, resolveForWrite, viaOf } from "./contain.ts"
import { decodeText, type TextEncoding } from "./decode.ts"
import { encodeText, LossyWriteError, withNewlinesOf } from "./encode.ts"
import { AccessDeniedError, DiskFullError, FileChangedError, printable } from "./errors.ts"
import { hashOf } from "./read.ts"

export interface WriteOptions {
  /**
   * The SHA-256 that the file must have for the write to happen, or null: it must not exist. Without it the file is
   * written whatever it holds. A mismatch is a FileChangedError, and nothing is written.
   */
  readonly expectHash?: string | null | undefined
}

export interface Written {
  /** As in `TextFile.path`. */
  readonly path: string
  readonly hash: string
  readonly sizeBytes: number
  readonly isNew: boolean
}

/**
 * Replaces or creates a file inside the root (or the bounds) as a whole: a temporary file beside it, fsync, rename, fsync
 * of the folder. At every moment, and after a crash at any moment, the path holds the old bytes or the new ones; folders
 * that are missing are made. Mode and, where the system allows it, owner are kept; hard links and extended attributes
 * are not. A symbolic link to a file inside stays a link and its target is written.
 *
 * On Linux everything happens through the open parent folder (/proc/self/fd), after the kernel has said that it lies
 * inside: no swap of a folder for a link can lead the write outside. Elsewhere the folder is checked before and after.
 *
 * Throws PathRefusedError, FileChangedError, AccessDeniedError, DiskFullError; none of them leaves anything behind.
 */
export async function writeBytes(
  root: string | Bounds,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions = {},
): Promise<Written> {
  const bounds = typeof root === "string" ? await boundsOf({ root }) : root
  return inFolderOf(bounds, path, (place) => replace(bounds, path, place, bytes, options))
}

/**
 * `writeBytes` for text. What the file was stays: its encoding, byte-order mark and, where they were all alike, its line
 * ends. (A text that Windows-1252 can't hold is written as UTF-8.) Throws LossyWriteError as well.
 */
export async function writeText(
  root: string | Bounds,
  path: string,
  text: string,
  options: WriteOptions = {},
): Promise<Written & { readonly encoding: TextEncoding }> {
  const bounds = typeof root === "string" ? await boundsOf({ root }) : root
  return inFolderOf(bounds, path, async (place) => {
    const old = await bytesAt(place)
    const decoded = old && decodeText(old)
    if (!decoded || decoded === "binary") {
      const written = await replace(bounds, path, place, Buffer.from(text), options)
      return { ...written, encoding: "utf-8" }
    }
    if (decoded.hadInvalidBytes && text.includes("\ufffd")) throw new LossyWriteError(path)
    const kept = withNewlinesOf(text, decoded.text)
    const bytes = encodeText(kept, decoded.encoding)
    const written = await replace(bounds, path, place, bytes ?? Buffer.from(kept), options)
    return { ...written, encoding: bytes ? decoded.encoding : "utf-8" }
  })
}

/** The file's place: a name in an open folder that lies inside the bounds. */
interface Place {
  readonly folder: FileHandle
  /** A path that leads to the open folder, whatever became of its name. */
  readonly via: string
  readonly name: string
  readonly shown: string
}

async function inFolderOf<T>(bounds: Bounds, path: string, work: (place: Place) => Promise<T>): Promise<T> {
  const target = await resolveForWrite(bounds, path, "write")
  let folder: FileHandle | undefined
  try {
    folder = await openFolder(bounds, path, target.folder, "write")
    let absolute = target.folder
    for (const name of target.missing) {
      await fs.mkdir(join(viaOf(folder, absolute), name)).catch((error) => {
        if (systemCode(error) !== "EEXIST") throw error
      })
      const next = await openFolder(bounds, path, join(viaOf(folder, absolute), name), "write")
      await folder.close()
      folder = next
      absolute = join(absolute, name)
    }
    const shown = target.base === bounds.root ? target.relative : join(target.base, target.relative)
    return await work({ folder, via: viaOf(folder, absolute), name: target.name, shown })
  } catch (error) {
    if (systemCode(error) === "ENOSPC" || systemCode(error) === "EDQUOT") throw new DiskFullError(path, error)
    throw pathError(bounds, error, path, "write")
  } finally {
    await folder?.close()
  }
}

async function replace(
  bounds: Bounds,
  path: string,
  place: Place,
  bytes: Uint8Array,
  { expectHash }: WriteOptions,
): Promise<Written> {
  const { folder, via, name } = place
  const old = await statAt(place)
  if (old && !old.isFile()) refuse(bounds, "write", path, "not-a-regular-file")
  if (old && (old.mode & 0o222) === 0) throw new AccessDeniedError(path, "write")
  if (!old) await refuseTwin(bounds, path, place)
  if (expectHash !== undefined) await expectContent(path, place, expectHash)
  const temporary = join(via, `.duck-${newId()}.tmp`)
  try {
    const handle = await fs.open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      old ? 0o600 : 0o666,
    )
    try {
      await handle.writeFile(bytes)
      if (old) await keepOwnerAndMode(handle, old)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (expectHash === null) {
      // A link, unlike a rename, fails when someone else made the file meanwhile.
      await fs.link(temporary, join(via, name)).catch((error) => {
        throw systemCode(error) === "EEXIST" ? new FileChangedError(path, null, "") : error
      })
      await fs.unlink(temporary)
    } else {
      if (expectHash !== undefined && !isSame(old, await statAt(place))) await expectContent(path, place, expectHash)
      await fs.rename(temporary, join(via, name))
    }
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
  // Windows can't sync a folder.
  if (process.platform !== "win32") await folder.sync()
  bounds.audit({ operation: "write", path: printable(path), outcome: "done", sizeBytes: bytes.length })
  return { path: place.shown, hash: hashOf(bytes), sizeBytes: bytes.length, isNew: old === undefined }
}

async function expectContent(path: string, place: Place, expected: string | null): Promise<void> {
  const now = await bytesAt(place)
  const actual = now === undefined ? null : hashOf(now)
  if (actual !== expected) throw new FileChangedError(path, expected, actual)
}

async function keepOwnerAndMode(handle: FileHandle, old: Stats): Promise<void> {
  const now = await handle.stat()
  if (now.uid !== old.uid || now.gid !== old.gid) await handle.chown(old.uid, old.gid).catch(() => {})
  // After the owner, as changing that drops the set-user bits.
  await handle.chmod(old.mode & 0o7777)
}

/** Between the first look and the rename nobody wrote the file: as near as a file system comes to comparing and swapping. */
function isSame(before: Stats | undefined, now: Stats | undefined): boolean {
  if (!before || !now) return before === now
  return before.ino === now.ino && before.mtimeMs === now.mtimeMs && before.size === now.size
}

/** A second file whose name differs only in Unicode normalization is one file on macOS and a trap for readers. */
async function refuseTwin(bounds: Bounds, path: string, { via, name }: Place): Promise<void> {
  if (/^[\u0020-\u007e]*$/.test(name)) return
  const wanted = name.normalize("NFC")
  if ((await fs.readdir(via)).some((other) => other !== name && other.normalize("NFC") === wanted))
    refuse(bounds, "write", path, "unicode-twin")
}

async function statAt({ via, name }: Place): Promise<Stats | undefined> {
  try {
    return await fs.lstat(join(via, name))
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined
    throw error
  }
}

async function bytesAt({ via, name }: Place): Promise<Buffer | undefined> {
  try {
    const handle = await fs.open(join(via, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined
    throw error
  }
}
