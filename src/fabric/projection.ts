import type { DatabaseSync } from "node:sqlite"
import type { Committed, Head, LogId, Position, Seen } from "./ports.ts"
import type { Upcasting } from "./upcast.ts"

/** A view's own SQLite database, on every engine. */
export type Db = DatabaseSync

/** How a view is made of a log: pure in the sense that the same commits always give the same tables. */
export interface Projection {
  /** Also its file's name: letters, digits, `_` and `-`. */
  readonly name: string
  /** Another version means other tables: the view is dropped and rebuilt from the log. */
  readonly version: number
  wants(log: LogId): boolean
  /** Old versions of events are brought up to date before `apply` sees them. */
  readonly upcasting?: Upcasting
  /** Creates the tables in an empty database. */
  create(db: Db): void
  /**
   * Applies commits of one log, in order. Runs in a transaction that also moves the view's position; it must not wait,
   * commit, or look at anything but the database and the batch.
   */
  apply(db: Db, batch: readonly Committed[]): void
}

export type ViewState =
  | { readonly kind: "live" }
  /** Reading history, or waiting for a disk that refuses to write. */
  | { readonly kind: "behind"; readonly why: string }
  /** `apply` threw at this commit. The view stays as it was before it, for this log; the log goes on. */
  | { readonly kind: "broken"; readonly log: LogId; readonly pos: Position; readonly error: string }

export interface View {
  readonly name: string
  state(): ViewState
  position(log: LogId): Head
  /** Resolves true once the view has applied `pos`, false when it has not within `withinMs` (2 s) or is broken before it. */
  reached(log: LogId, pos: Position, options?: { readonly withinMs?: number }): Promise<boolean>
  /** Rows of a query as objects. Statements are prepared once. */
  all(sql: string, ...parameters: SqlValue[]): Record<string, SqlResult>[]
  get(sql: string, ...parameters: SqlValue[]): Record<string, SqlResult> | undefined
  /** Called after the view has changed. */
  onChange(callback: (log: LogId, pos: Position) => void): () => void
}

export type SqlValue = null | number | bigint | string | Uint8Array
export type SqlResult = null | number | bigint | string | Uint8Array

export interface Views {
  /** Opens a view, rebuilding it where it must be; resolves when it has applied what the logs held at that moment. */
  open(projection: Projection): Promise<View>
  list(): readonly View[]
  /** Drops a view's tables and makes them again from the logs; resolves when that is done. */
  rebuild(name: string): Promise<void>
  /** Read your writes: whether every view has reached what the token says, within `withinMs` (2 s). */
  reached(seen: Seen, options?: { readonly withinMs?: number }): Promise<"current" | "stale">
  close(): Promise<void>
}
