/** What became different in a watched tree. */
export interface Batch {
  /**
   * Posix, relative to the root, sorted. A path stands for itself and, when it is a folder or was one, for everything
   * under it: look what is there now. Created, changed, deleted and renamed files and folders all come this way.
   */
  readonly paths: readonly string[]
  /** Events may have been missed, or the ignore rules changed: compare the whole tree. */
  readonly rescan: boolean
  /** HEAD of the repository moved: a commit, a checkout, a reset, a merge. */
  readonly headMoved: boolean
}
