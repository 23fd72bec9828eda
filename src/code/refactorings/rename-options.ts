/** Where else than where it surely is meant a name is changed. */
export interface RenameOptions {
  /** Also where the name stands in comments, in strings. */
  readonly comments?: boolean
  readonly strings?: boolean
  /** Also at places that are not sure. */
  readonly unsure?: boolean
}
