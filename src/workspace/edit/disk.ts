import { constants, promises as fs } from "node:fs"
import { join } from "node:path"
import { type Bounds, locate, openFolder, pathError, refuse, resolveForWrite, viaOf } from "../contain.ts"
import { FileChangedError, FileNotFoundError, printable } from "../errors.ts"
import { hashOf } from "../read.ts"

/**
 * Removes a file whose bytes have this hash, through its open folder as `writeBytes` writes. A symbolic link to a file
 * inside is refused rather than followed: what would go is not what was named.
 */
export async function removeFile(bounds: Bounds, path: string, expectHash: string): Promise<void> {
  const named = await fs.lstat((await locate(bounds, path, "write")).absolute).catch(() => undefined)
  if (named?.isSymbolicLink()) refuse(bounds, "write", path, "symlink")
  await atPlace(bounds, path, async (file) => {
    const actual = hashOf(await fs.readFile(file))
    if (actual !== expectHash) throw new FileChangedError(path, expectHash, actual)
    await fs.unlink(file)
    bounds.audit({ operation: "write", path: printable(path), outcome: "done", sizeBytes: 0 })
  })
}

/** Gives a file the permissions of another: what a move keeps. */
export async function setMode(bounds: Bounds, path: string, mode: number): Promise<void> {
  await atPlace(bounds, path, async (file) => {
    const handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    await handle.chmod(mode).finally(() => handle.close())
  })
}

async function atPlace(bounds: Bounds, path: string, work: (file: string) => Promise<void>): Promise<void> {
  const place = await resolveForWrite(bounds, path, "write")
  if (!place.exists) throw new FileNotFoundError(path)
  const folder = await openFolder(bounds, path, place.folder, "write")
  try {
    await work(join(viaOf(folder, place.folder), place.name))
  } catch (error) {
    throw pathError(bounds, error, path, "write")
  } finally {
    await folder.close()
  }
}
