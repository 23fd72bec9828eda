import type { Figures } from "./listing.ts"

/** Folders of a tree to be looked at, by whoever claims one first: the claims are one cell for each. */
export interface StatTask {
  readonly id: number
  readonly root: string
  /** Relative to the root, in the order in which the walk comes by; the worker begins at the end. */
  readonly folders: readonly string[]
  /** The names of each folder, joined by NUL, where its times can prove that they are the same. */
  readonly known: readonly (string | undefined)[]
  /** Of each folder when its names were read: size, mtimeMs, ctimeMs, inode; and where that proves something at all. */
  readonly knownFigures: Float64Array
  readonly device: number | undefined
  readonly claims: Int32Array<SharedArrayBuffer>
}

/** What the worker found in some folders, packed: objects would cost more to hand over than to make. */
export interface StatReply {
  readonly id: number
  /** Indexes of the folders. */
  readonly at: readonly number[]
  /** The names of each, joined by NUL; true: those that are known; null for a folder that could not be listed. */
  readonly names: readonly (string | true | null)[]
  /**
   * Of each folder that was listed, then of each of its names in turn: mode, size, mtimeMs, ctimeMs, inode, device.
   * Mode -1: gone; -2: not readable.
   */
  readonly figures: Float64Array<ArrayBuffer>
}

export const figuresPerName = 6

export function pushFigures(list: number[], found: Figures | "unreadable" | undefined): void {
  if (typeof found === "object") list.push(found.mode, found.size, found.mtimeMs, found.ctimeMs, found.ino, found.dev)
  else list.push(found === undefined ? -1 : -2, 0, 0, 0, 0, 0)
}

/** Whether the caller is the first to claim a folder. */
export const claim = (claims: Int32Array<SharedArrayBuffer>, at: number): boolean =>
  Atomics.compareExchange(claims, at, 0, 1) === 0
