import type { TextEdit } from "../../code/refactorings/refactoring.ts"

/** Something that may be put in at the cursor. Offsets are UTF-16 code units of the text that was given. */
export interface Suggestion {
  /** What then stands in [start, end). */
  readonly text: string
  readonly start: number
  readonly end: number
  /** `fill`: written by a model; `idiom`: how the project usually goes on. */
  readonly kind: "name" | "member" | "module" | "idiom" | "fill"
  /** A signature, or where it comes from. */
  readonly detail: string
  /** Why it is suggested. */
  readonly why: string
  /** 0 to 1, to be compared within one answer only. */
  readonly score: number
  /** What else has to be changed for it: an import. */
  readonly edits: readonly TextEdit[]
}
