import { promises as fs, type Stats } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { systemCode } from "../base/errors.ts"
import { type Bounds, locate, type Operation, openFolder, pathError, refuse, resolveReal, viaOf } from "./contain.ts"
import { FileNotFoundError } from "./errors.ts"
import { isGitFolderName } from "./path-rules.ts"

/** A name in an open folder that lies inside the bounds. What the name stands for is not followed where it is a link. */
export interface NamedPlace {
  readonly folder: FileHandle
  /** Leads to the name through the open folder, whatever became of the folder's own name. */
  readonly via: string
  /** As in `TextFile.path`. */
  readonly shown: string
  readonly stats: Stats | undefined
}

/**
 * Opens the folder of a path that is to be removed or renamed. Throws PathRefusedError (outside, the root itself, git's own
 * files) and FileNotFoundError where the folder is not there.
 */
export async function placeAt(bounds: Bounds, path: string, operation: Operation): Promise<NamedPlace> {
  const at = await locate(bounds, path, operation)
  if (at.relative === "") refuse(bounds, operation, path, "not-a-regular-file")
  if (at.relative.split("/").some(isGitFolderName)) refuse(bounds, operation, path, "git-folder")
  const parent = await resolveReal(bounds, dirname(at.absolute), operation)
  // A link on the way may have led into git's own files.
  if (parent.relative.split("/").some(isGitFolderName)) refuse(bounds, operation, path, "git-folder")
  const folder = await openFolder(bounds, path, parent.absolute, operation)
  const name = basename(at.absolute)
  const via = join(viaOf(folder, parent.absolute), name)
  const shown = parent.base === bounds.root ? join(parent.relative, name) : join(parent.absolute, name)
  try {
    return { folder, via, shown, stats: await statOf(via) }
  } catch (error) {
    await folder.close()
    throw pathError(bounds, error, path, operation)
  }
}

/** Of a path at which something must be. */
export function existing(path: string, { stats }: NamedPlace): Stats {
  if (!stats) throw new FileNotFoundError(path)
  return stats
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await fs.lstat(path)
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined
    throw error
  }
}
