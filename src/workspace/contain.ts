import { constants, promises as fs, type Stats } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { basename, dirname, join, posix, sep } from "node:path"
import { systemCode } from "../base/errors.ts"
import { AccessDeniedError, FileNotFoundError, PathRefusedError, printable, type Refusal } from "./errors.ts"
import { isGitFolderName, problemOf } from "./path-rules.ts"

export type Operation = "read" | "write" | "list" | "stat"

/** What was asked of a workspace and what came of it; for the audit. Plain JSON, safe to print. */
export interface AccessEvent {
  readonly operation: Operation
  /** As asked for, escaped and cut to 300 characters. */
  readonly path: string
  readonly outcome: "done" | "refused" | "failed"
  readonly reason?: Refusal
  /** Error code of a failure. */
  readonly code?: string
  readonly sizeBytes?: number
}

export type Audit = (event: AccessEvent) => void

/** Where paths may lead: real (canonical) folders. The first is the project's root. */
export interface Bounds {
  readonly root: string
  readonly allow: readonly string[]
  readonly audit: Audit
}

/**
 * Resolves the folders of a workspace once. `allow` are further absolute folders that absolute paths may lead to.
 * Throws FileNotFoundError for a folder that is not there.
 */
export async function boundsOf(options: { root: string; allow?: readonly string[]; audit?: Audit }): Promise<Bounds> {
  const real = async (folder: string) => {
    const path = await fs.realpath(folder).catch((cause) => {
      throw new FileNotFoundError(folder, cause)
    })
    if (!(await fs.stat(path)).isDirectory()) throw new PathRefusedError(folder, "not-a-regular-file")
    return path
  }
  const [root, ...allow] = await Promise.all([options.root, ...(options.allow ?? [])].map(real))
  return { root: root as string, allow, audit: options.audit ?? (() => {}) }
}

/** A path inside the bounds. `relative` is posix and relative to `base` ("" is the base itself). */
export interface ContainedPath {
  readonly base: string
  readonly relative: string
  readonly absolute: string
}

/** Throws PathRefusedError, after telling the audit. */
export function refuse(bounds: Bounds, operation: Operation, path: string, reason: Refusal, cause?: unknown): never {
  bounds.audit({ operation, path: printable(path), outcome: "refused", reason })
  throw new PathRefusedError(path, reason, cause)
}

/** Whether `path` is `folder` or lies under it; both absolute and normal. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

const baseOf = (bounds: Bounds, real: string) => [bounds.root, ...bounds.allow].find((folder) => isInside(folder, real))

/** By the string alone: a canonical place inside the bounds, symbolic links not yet considered. */
export async function locate(bounds: Bounds, path: string, operation: Operation): Promise<ContainedPath> {
  const problem = problemOf(path)
  if (problem && !problem.isForeign) refuse(bounds, operation, path, problem.reason)
  const place = placeOf(bounds, path)
  if (problem) {
    const isPlainName =
      process.platform !== "win32" && place !== undefined && (await lstatOf(place.absolute)) !== undefined
    if (!isPlainName) refuse(bounds, operation, path, problem.reason)
  }
  if (!place) refuse(bounds, operation, path, "absolute")
  return place
}

function placeOf(bounds: Bounds, path: string): ContainedPath | undefined {
  const normal = posix.normalize(path).replace(/(.)\/+$/, "$1")
  if (!posix.isAbsolute(normal)) {
    const relative = normal === "." ? "" : normal
    return { base: bounds.root, relative, absolute: join(bounds.root, relative) }
  }
  const base = baseOf(bounds, normal)
  return base === undefined ? undefined : { base, relative: normal.slice(base.length + 1), absolute: normal }
}

const lstatOf = (path: string): Promise<Stats | undefined> => fs.lstat(path).catch(() => undefined)

/**
 * Follows symbolic links and checks where they end. Gives the real path and the bounds' folder it lies in; throws
 * PathRefusedError (outside, symlink-loop, names too long), FileNotFoundError or AccessDeniedError.
 * For a path that does not exist, its nearest existing parent is judged first, so that nothing can be learned about what
 * exists outside.
 */
export async function resolveReal(bounds: Bounds, path: string, operation: Operation): Promise<ContainedPath> {
  const place = await locate(bounds, path, operation)
  try {
    return contained(bounds, await fs.realpath(place.absolute), path, operation)
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR")
      await nearestParent(bounds, dirname(place.absolute), path, operation)
    throw pathError(bounds, error, path, operation)
  }
}

function contained(bounds: Bounds, real: string, path: string, operation: Operation): ContainedPath {
  const base = baseOf(bounds, real)
  if (base === undefined) refuse(bounds, operation, path, "outside")
  return { base, relative: real.slice(base.length + 1).replaceAll(sep, "/"), absolute: real }
}

/** The real path of the nearest parent that exists, which must be inside; and the names below it that don't. */
async function nearestParent(bounds: Bounds, folder: string, path: string, operation: Operation) {
  for (let at = folder; ; at = dirname(at)) {
    try {
      return contained(bounds, await fs.realpath(at), path, operation)
    } catch (error) {
      const code = systemCode(error)
      if ((code !== "ENOENT" && code !== "ENOTDIR") || at === dirname(at))
        throw pathError(bounds, error, path, operation)
    }
  }
}

/**
 * Where a write to `path` would go: the real parent folder (inside the bounds) and the name in it. A symbolic link to a
 * file inside is followed, so that the link stays a link; any other link is refused. Refuses git's own files.
 */
export async function resolveForWrite(
  bounds: Bounds,
  path: string,
  operation: Operation,
): Promise<{ folder: string; name: string; base: string; relative: string; exists: boolean; missing: string[] }> {
  const place = await locate(bounds, path, operation)
  if (place.relative === "") refuse(bounds, operation, path, "not-a-regular-file")
  const stats = await lstatOf(place.absolute)
  let target = place.absolute
  if (stats?.isSymbolicLink()) {
    const real = await fs.realpath(target).catch((error) => {
      refuse(bounds, operation, path, systemCode(error) === "ELOOP" ? "symlink-loop" : "symlink", error)
    })
    target = contained(bounds, real, path, operation).absolute
  }
  const parent = await nearestParent(bounds, dirname(target), path, operation)
  if (!(await lstatOf(parent.absolute))?.isDirectory()) refuse(bounds, operation, path, "not-a-folder")
  const missing: string[] = []
  for (let at = dirname(target); !(await lstatOf(at)); at = dirname(at)) missing.unshift(basename(at))
  const name = basename(target)
  const relative = posix.join(parent.relative, ...missing, name)
  if (relative.split("/").some(isGitFolderName)) refuse(bounds, operation, path, "git-folder")
  const exists = stats !== undefined
  if (exists && !(await fs.stat(target)).isFile()) refuse(bounds, operation, path, "not-a-regular-file")
  return { folder: parent.absolute, name, base: parent.base, relative, exists, missing }
}

/** A system error about a path as one of ours; refusals reach the audit. */
export function pathError(bounds: Bounds, error: unknown, path: string, operation: Operation): unknown {
  const doing = operation === "write" ? "write" : "read"
  switch (systemCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new FileNotFoundError(path, error)
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AccessDeniedError(path, doing, error)
    case "ELOOP":
      return refuse(bounds, operation, path, "symlink-loop", error)
    case "ENAMETOOLONG":
      return refuse(bounds, operation, path, "path-too-long", error)
    default:
      return error
  }
}

/**
 * Opens a regular file for reading, wherever its links lead inside the bounds.
 *
 * Guaranteed: what is read is a regular file that lay inside the bounds at the moment it was checked, after it was
 * opened. On Linux the kernel itself says where the open file lies (/proc/self/fd), so that a folder swapped for a link
 * between check and open is found out. Elsewhere the path is resolved again after opening and must lead to the same
 * device and inode, which leaves a swap there and back again, twice within the call, undetected. Devices, pipes and
 * sockets are never waited for (O_NONBLOCK) and never read. A hard link to a file outside can't be told from a file.
 */
export async function openForRead(
  bounds: Bounds,
  path: string,
): Promise<{ handle: FileHandle; stats: Stats; at: ContainedPath }> {
  const at = await resolveReal(bounds, path, "read")
  const before = await lstatOf(at.absolute)
  if (before && !before.isFile()) refuse(bounds, "read", path, "not-a-regular-file")
  let handle: FileHandle
  try {
    handle = await fs.open(at.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // A link where there was none a moment ago.
    if (systemCode(error) === "ELOOP") refuse(bounds, "read", path, "changed-underneath", error)
    if (systemCode(error) === "ENXIO") refuse(bounds, "read", path, "not-a-regular-file", error)
    throw pathError(bounds, error, path, "read")
  }
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) refuse(bounds, "read", path, "not-a-regular-file")
    if (!(await stillInside(bounds, handle, stats, at.absolute))) refuse(bounds, "read", path, "changed-underneath")
    return { handle, stats, at }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Opens a real folder that lies inside the bounds, as `openForRead` opens files. What is in it is best reached through
 * `viaOf`: then it is this folder that is meant, whatever happens to its name.
 */
export async function openFolder(
  bounds: Bounds,
  path: string,
  folder: string,
  operation: Operation,
): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const handle = await fs.open(folder, flags).catch((error) => {
    // A link or a file where a folder was a moment ago.
    if (systemCode(error) === "ELOOP" || systemCode(error) === "ENOTDIR")
      refuse(bounds, operation, path, "changed-underneath", error)
    throw pathError(bounds, error, path, operation)
  })
  if (await stillInside(bounds, handle, await handle.stat(), folder)) return handle
  await handle.close()
  return refuse(bounds, operation, path, "changed-underneath")
}

/** A path to an open folder: on Linux by the open file itself, elsewhere by its name. */
export const viaOf = (folder: FileHandle, path: string): string =>
  process.platform === "linux" ? `/proc/self/fd/${folder.fd}` : path

/** Whether an open file or folder lies inside the bounds; see `openForRead` for what that is worth where. */
async function stillInside(bounds: Bounds, handle: FileHandle, stats: Stats, path: string): Promise<boolean> {
  try {
    if (process.platform === "linux") {
      const real = await fs.readlink(`/proc/self/fd/${handle.fd}`)
      return baseOf(bounds, real.replace(/ \(deleted\)$/, "")) !== undefined
    }
    const real = await fs.realpath(path)
    const now = await fs.lstat(real)
    return baseOf(bounds, real) !== undefined && now.ino === stats.ino && now.dev === stats.dev
  } catch {
    return false
  }
}
