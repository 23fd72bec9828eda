/** One step of a stack trace, or the place that a compiler complains of. */
export interface Frame {
  /** As the trace names it. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based; undefined where the trace names none. */
  readonly column: number | undefined
  /** "" where the trace names none. */
  readonly name: string
}

/** An error as a program or a compiler printed it. */
export interface Trace {
  readonly language: string
  /** "TypeError", "E0382", "TS2322"; "" where it has none. */
  readonly type: string
  readonly message: string
  /** The innermost first: where it was thrown. */
  readonly frames: readonly Frame[]
}
