/** One line of a hunk, without what ends it. */
export interface HunkLine {
  readonly kind: " " | "-" | "+"
  readonly text: string
}

/** A place in a file and what becomes of it. */
export interface Hunk {
  readonly lines: readonly HunkLine[]
  /** 1-based line of the old file at which it begins; undefined: it is found by its lines alone. */
  readonly oldStart: number | undefined
  /** Lines that come somewhere before it, each after the one before: `@@ class A` of the Begin Patch format. */
  readonly anchors: readonly string[]
  /** Its last lines are the file's last. */
  readonly isAtEnd: boolean
  /** The old and the new file end without a line end here; undefined: not said. */
  readonly oldEndsBare: boolean | undefined
  readonly newEndsBare: boolean | undefined
}

/** What a patch does to one file. */
export type FilePatch =
  | {
      readonly kind: "update"
      readonly path: string
      readonly moveTo: string | undefined
      readonly hunks: readonly Hunk[]
    }
  | { readonly kind: "add"; readonly path: string; readonly text: string }
  | { readonly kind: "delete"; readonly path: string }
