import { hash } from "node:crypto"
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import { systemCode } from "../../base/errors.ts"
import type { FileStat } from "./tree.ts"

/** Larger files are data, not sources; they are listed as skipped. */
export const maxFileBytes = 2_000_000

export type DiskFile = FileStat & { readonly readAtMs: number } & (
    | { readonly bytes: Uint8Array<ArrayBuffer>; readonly hash: string; readonly skipped: null }
    | { readonly bytes: null; readonly skipped: string }
  )

/**
 * Reads files for the index, at once and in this thread: a tenth of the cost of the asynchronous way, and batches are
 * small. A file is opened without following a link, and its folder must really lie in the root.
 */
export function diskReader(root: string, now: () => number) {
  const base = realpathSync.native(root)
  const folders = new Map<string, boolean>()
  let scratch = new Uint8Array(256 * 1024)

  const isInside = (folder: string) => {
    let inside = folders.get(folder)
    if (inside === undefined) {
      const real = realpathSync.native(folder)
      inside = real === base || real.startsWith(base.endsWith(sep) ? base : base + sep)
      folders.set(folder, inside)
    }
    return inside
  }

  /** Undefined where there is no such regular file (any more). */
  return (path: string): DiskFile | undefined => {
    const absolute = join(base, path)
    const readAtMs = now()
    let descriptor = -1
    try {
      if (!isInside(dirname(absolute))) return undefined
      descriptor = openSync(absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
      const stats = fstatSync(descriptor)
      if (!stats.isFile()) return undefined
      const stat = {
        sizeBytes: stats.size,
        mtimeMs: stats.mtimeMs,
        ctimeMs: stats.ctimeMs,
        inode: stats.ino,
        readAtMs,
      }
      if (stats.size > maxFileBytes) return { ...stat, bytes: null, skipped: "too large" }
      if (scratch.length <= stats.size) scratch = new Uint8Array(maxFileBytes + 1)
      let length = 0
      for (;;) {
        const count = readSync(descriptor, scratch, length, scratch.length - length, length)
        length += count
        if (count === 0 || length > stats.size) break
      }
      const bytes = scratch.slice(0, length)
      return { ...stat, bytes, hash: hash("sha256", bytes, "hex"), skipped: null }
    } catch (error) {
      const code = systemCode(error)
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined
      const unknown = { sizeBytes: 0, mtimeMs: 0, ctimeMs: 0, inode: 0, readAtMs }
      return { ...unknown, bytes: null, skipped: `unreadable (${code ?? String(error)})` }
    } finally {
      if (descriptor >= 0) closeSync(descriptor)
    }
  }
}
