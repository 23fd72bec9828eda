import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from "node:fs"
import { systemCode } from "../../base/errors.ts"
import { fsPath, nameOf } from "./byte-names.ts"

/**
 * An open folder that really lies where its path says, no link on the way: stricter than `openFolder` of contain.ts, for
 * which any place inside the bounds will do, and for names of any bytes. What is done through `at` is done in this folder,
 * whatever happens to its name.
 */
export interface ExactFolder {
  readonly path: string
  /** A path to a name in it, for node:fs. */
  at(name: string): string | Buffer
  stats(name: string): Stats | undefined
  readonly mode: number
  setMode(mode: number): void
  sync(): void
  close(): void
}

/** Undefined where there is no such folder, or something else in its place. Throws what else the system says. */
export function openExactFolder(path: string): ExactFolder | undefined {
  const flags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)
  let descriptor: number
  try {
    descriptor = openSync(fsPath(path), flags)
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(thrown) ?? "")) return undefined
    throw thrown
  }
  const via = process.platform === "linux" ? `/proc/self/fd/${descriptor}` : path
  if (!isThere(descriptor, via, path)) {
    closeSync(descriptor)
    return undefined
  }
  const at = (name: string) => fsPath(`${via}/${name}`)
  return {
    path,
    at,
    stats: (name) => lstatSync(at(name), { throwIfNoEntry: false }),
    mode: fstatSync(descriptor).mode & 0o7777,
    setMode: (mode) => fchmodSync(descriptor, mode),
    sync() {
      // Windows can't sync a folder.
      if (process.platform !== "win32") fsyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

/** On Linux the kernel says where the open folder lies; elsewhere its path is resolved once more. */
function isThere(descriptor: number, via: string, path: string): boolean {
  try {
    if (process.platform === "linux") return nameOf(readlinkSync(via, { encoding: "buffer" })) === path
    const real = nameOf(realpathSync.native(fsPath(path), { encoding: "buffer" }))
    const [open, named] = [fstatSync(descriptor), lstatSync(fsPath(real))]
    return real === path && open.ino === named.ino && open.dev === named.dev
  } catch {
    return false
  }
}
