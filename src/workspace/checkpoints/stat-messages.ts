/** Folders of a tree to be looked at, by whoever claims one first: the claims are one cell for each. */
export interface StatTask {
  readonly id: number
  readonly root: string
  /** Relative to the root, in the order in which the walk comes by; the worker begins at the end. */
  readonly folders: readonly string[]
  readonly claims: Int32Array<SharedArrayBuffer>
}

/** What the worker found in some folders, packed: objects would cost more to hand over than to make. */
export interface StatReply {
  readonly id: number
  /** Indexes of the folders. */
  readonly at: readonly number[]
  /** The names of each, joined by NUL; null for a folder that could not be listed. */
  readonly names: readonly (string | null)[]
  /** Of each name in turn: mode, size, mtimeMs, ctimeMs, inode. Mode -1: gone; -2: not readable. */
  readonly figures: Float64Array<ArrayBuffer>
}

export const figuresPerName = 5

/** Whether the caller is the first to claim a folder. */
export const claim = (claims: Int32Array<SharedArrayBuffer>, at: number): boolean =>
  Atomics.compareExchange(claims, at, 0, 1) === 0
