import { promises as fs } from "node:fs"
import {
  type Audit,
  type Bounds,
  boundsOf,
  type ContainedPath,
  type Operation,
  openFolder,
  pathError,
  refuse,
  resolveReal,
  viaOf,
} from "./contain.ts"
import {
  applyPatch,
  type EditedFile,
  type PatchOptions,
  type ReplaceOptions,
  replaceInFile,
} from "./edit/edit-files.ts"
import { FileNotFoundError, printable } from "./errors.ts"
import { type Moved, move } from "./move.ts"
import { type FileBytes, readBytes, readText, type TextFile } from "./read.ts"
import { type RangeOptions, readRange, type TextRange } from "./read-range.ts"
import { type Removed, remove } from "./remove.ts"
import { type WalkedFile, type WalkOptions, walk } from "./walk.ts"
import { type WriteOptions, type Written, writeBytes, writeText } from "./write.ts"

export type { AccessEvent, Audit } from "./contain.ts"

export type EntryKind = "file" | "folder" | "symlink" | "other"

export interface Entry {
  readonly name: string
  readonly kind: EntryKind
}

export interface PathFacts {
  /** Where symbolic links end; as in `TextFile.path`. */
  readonly path: string
  readonly kind: EntryKind
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly mode: number
}

/**
 * All that is read and written of a project. Paths are posix and relative to the root, or absolute and inside the root
 * or an allowed folder; every other one is a PathRefusedError and an event for the audit.
 */
export interface Workspace {
  /** Canonical. */
  readonly root: string
  readonly allow: readonly string[]
  /** Where a path leads; it must exist. */
  resolve(path: string): Promise<ContainedPath>
  read(path: string, options?: { maxBytes?: number }): Promise<TextFile>
  readBytes(path: string, options?: { maxBytes?: number }): Promise<FileBytes>
  readRange(path: string, options?: RangeOptions): Promise<TextRange>
  write(path: string, text: string, options?: WriteOptions): Promise<Written>
  writeBytes(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<Written>
  /** See `replaceInFile`. */
  replace(path: string, before: string, after: string, options?: ReplaceOptions): ReturnType<typeof replaceInFile>
  /** See `applyPatch`. */
  patch(patch: string, options?: PatchOptions): Promise<readonly EditedFile[]>
  /** See `remove`. */
  remove(path: string): Promise<Removed>
  /** See `move`. */
  move(from: string, to: string): Promise<Moved>
  /** False also where there is nothing to be seen because a parent is no folder. A refused path throws. */
  exists(path: string): Promise<boolean>
  stat(path: string): Promise<PathFacts>
  /** Everything in a folder, by name, ignored or not. */
  list(path: string): Promise<Entry[]>
  /** See `walk`. */
  walk(options?: WalkOptions): AsyncIterable<WalkedFile>
}

export interface WorkspaceOptions {
  readonly root: string
  /** Further absolute folders that may be read and written. */
  readonly allow?: readonly string[]
  /** Hears of what was read, written and listed, of every refusal and every failure. */
  readonly audit: Audit
}

/** Opens a project's files. Throws FileNotFoundError when the root or an allowed folder is not there. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const bounds = await boundsOf(options)
  const shown = (at: ContainedPath) => (at.base === bounds.root ? at.relative : at.absolute)
  const stat = (path: string) =>
    told(bounds, "stat", path, async () => {
      const at = await resolveReal(bounds, path, "stat")
      const stats = await fs.lstat(at.absolute)
      const { size, mtimeMs, mode } = stats
      return { path: shown(at), kind: kindOf(stats), sizeBytes: size, mtimeMs, mode: mode & 0o7777 }
    })
  return {
    root: bounds.root,
    allow: bounds.allow,
    resolve: (path) => told(bounds, "stat", path, () => resolveReal(bounds, path, "stat")),
    read: (path, how) => told(bounds, "read", path, () => readText(bounds, path, how)),
    readBytes: (path, how) => told(bounds, "read", path, () => readBytes(bounds, path, how)),
    readRange: (path, how) => told(bounds, "read", path, () => readRange(bounds, path, how)),
    write: (path, text, how) => told(bounds, "write", path, () => writeText(bounds, path, text, how)),
    writeBytes: (path, bytes, how) => told(bounds, "write", path, () => writeBytes(bounds, path, bytes, how)),
    replace: (path, before, after, how) =>
      told(bounds, "write", path, () => replaceInFile(bounds, path, before, after, how)),
    patch: (patch, how) => applyPatch(bounds, patch, how),
    remove: (path) => told(bounds, "write", path, () => remove(bounds, path)),
    move: (from, to) => told(bounds, "write", from, () => move(bounds, from, to)),
    stat,
    async exists(path) {
      try {
        await stat(path)
        return true
      } catch (error) {
        if (error instanceof FileNotFoundError) return false
        throw error
      }
    },
    list: (path) =>
      told(bounds, "list", path, async () => {
        const at = await resolveReal(bounds, path, "list")
        if (!(await fs.lstat(at.absolute)).isDirectory()) refuse(bounds, "list", path, "not-a-folder")
        const folder = await openFolder(bounds, path, at.absolute, "list")
        const entries = await fs
          .readdir(viaOf(folder, at.absolute), { withFileTypes: true })
          .finally(() => folder.close())
        bounds.audit({ operation: "list", path: printable(path), outcome: "done" })
        return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort(byName)
      }),
    walk: (how) => walk(bounds.root, how),
  }
}

/** Failures reach the audit as well; refusals have told it themselves. */
async function told<T>(bounds: Bounds, operation: Operation, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const named = pathError(bounds, error, path, operation)
    const code = named instanceof Error && "code" in named ? String(named.code) : "INTERNAL"
    if (code !== "PATH_REFUSED") bounds.audit({ operation, path: printable(path), outcome: "failed", code })
    throw named
  }
}

interface Kinds {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

function kindOf(entry: Kinds): EntryKind {
  if (entry.isFile()) return "file"
  if (entry.isDirectory()) return "folder"
  return entry.isSymbolicLink() ? "symlink" : "other"
}

const byName = (a: Entry, b: Entry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
