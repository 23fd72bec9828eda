import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Replaces a file whole or not at all, and returns when that survives a power loss. Only the owner may read it.
 */
export function writeDurably(path: string, text: string): void {
  const draft = `${path}.new`
  const file = openSync(draft, "w", 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Makes a folder and those above it, so that they survive a power loss. */
export function makeFolderDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
}

/** Makes renames and new files of a folder durable. Windows can't open folders, and needs no such thing. */
export function syncFolder(folder: string): void {
  if (process.platform !== "win32") sync(folder, "r")
}

/** Makes a file's content durable. */
export const syncFile = (path: string): void => sync(path, "r+")

function sync(path: string, flags: string) {
  const handle = openSync(path, flags)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
