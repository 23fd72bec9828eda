import { promises as fs } from "node:fs"
import { type Bounds, pathError } from "./contain.ts"
import { printable } from "./errors.ts"
import { existing, placeAt } from "./place.ts"

export interface Removed {
  /** As in `TextFile.path`. */
  readonly path: string
  readonly kind: "file" | "folder" | "symlink"
}

/**
 * Removes a file, a link (not what it leads to), or a folder with everything in it. Throws PathRefusedError (outside, the
 * root, git's own files), FileNotFoundError, AccessDeniedError.
 */
export async function remove(bounds: Bounds, path: string): Promise<Removed> {
  const place = await placeAt(bounds, path, "write")
  try {
    const stats = existing(path, place)
    const kind = stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "symlink" : "file"
    // Links inside a folder are removed, never followed.
    await fs.rm(place.via, { recursive: kind === "folder" })
    if (process.platform !== "win32") await place.folder.sync()
    bounds.audit({ operation: "write", path: printable(path), outcome: "done" })
    return { path: place.shown, kind }
  } catch (error) {
    throw pathError(bounds, error, path, "write")
  } finally {
    await place.folder.close()
  }
}
