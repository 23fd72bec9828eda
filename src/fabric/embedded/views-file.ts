import { mkdirSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import type { Committed, Head, LogId } from "../ports.ts"
import type { Projection, SqlResult, SqlValue } from "../projection.ts"
import { isDamage } from "./sqlite-errors.ts"
import type { Tip } from "./sqlite-log.ts"
import { filesOf } from "./store-tables.ts"

/** "DucV": SQLite's `application_id` of every view. */
const applicationId = 0x44756356

/** A view's database: its tables, and up to where in each log they go, moved in the same transactions. */
export interface ViewFile {
  position(log: LogId): Head
  positions(): ReadonlyMap<LogId, Tip>
  /** All or nothing; `hash` is the chain's at the batch's last commit. Throws what `apply` throws, or SQLite. */
  apply(log: LogId, batch: readonly Committed[], hash: Uint8Array): void
  all(sql: string, parameters: readonly SqlValue[]): Record<string, SqlResult>[]
  get(sql: string, parameters: readonly SqlValue[]): Record<string, SqlResult> | undefined
  close(): void
}

export interface OpenedView {
  readonly file: ViewFile
  /** Why an existing file was dropped and made anew. */
  readonly rebuiltBecause?: string
}

/**
 * Opens a view's file, or makes a new one when it is damaged, of another version, or stands where the log is not
 * (`isOn` says whether a log has this hash at this position). A view can lose nothing: everything in it is in the log.
 */
export function openViewFile(
  path: string,
  projection: Projection,
  isOn: (log: LogId, tip: Tip) => boolean,
): OpenedView {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const existing = tryOpen(path, projection)
  if (typeof existing !== "string") {
    const astray = [...existing.positions()].find(([log, tip]) => !isOn(log, tip))
    if (!astray) return { file: existing }
    existing.close()
    return {
      file: makeViewFile(path, projection),
      rebuiltBecause: `it stands at position ${astray[1].pos} of ${astray[0]}, which is not what the log has there`,
    }
  }
  const file = makeViewFile(path, projection)
  return existing === "new" ? { file } : { file, rebuiltBecause: existing }
}

export function makeViewFile(path: string, projection: Projection): ViewFile {
  for (const part of filesOf(path)) rmSync(part, { force: true })
  const db = connect(path)
  try {
    db.exec(
      "begin immediate; create table view_positions (log text primary key, pos integer not null, hash blob not null)",
    )
    projection.create(db)
    db.exec(`pragma application_id = ${applicationId}; pragma user_version = ${projection.version}; commit`)
  } catch (error) {
    db.close()
    throw error
  }
  return viewFile(db, projection)
}

/** The file, or why there has to be a new one ("new": there is none yet). */
function tryOpen(path: string, projection: Projection): ViewFile | string {
  let db: DatabaseSync | undefined
  try {
    db = connect(path)
    const kind = db.prepare("pragma application_id").get()?.application_id
    const version = db.prepare("pragma user_version").get()?.user_version
    if (kind === applicationId && version === projection.version) return viewFile(db, projection)
    db.close()
    return kind === 0 && version === 0
      ? "new"
      : kind === applicationId
        ? `it is of version ${version}`
        : "it is not a view"
  } catch (error) {
    db?.close()
    if (isDamage(error)) return (error as Error).message
    throw error
  }
}

function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    // NORMAL: a power loss may take the last transactions, never the consistency; they are applied again.
    db.exec("pragma journal_mode = wal; pragma synchronous = normal")
    preparesOnce(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** A projection prepares its statements in each `apply`, and many batches are a single commit that it has no use for. */
function preparesOnce(db: DatabaseSync): void {
  const statements = new Map<string, StatementSync>()
  const prepare = db.prepare.bind(db)
  db.prepare = (sql, options) => {
    const known = statements.get(sql)
    if (known && options === undefined) return known
    const statement = prepare(sql, options)
    if (statements.size >= 200) statements.clear()
    if (options === undefined) statements.set(sql, statement)
    return statement
  }
}

function viewFile(db: DatabaseSync, projection: Projection): ViewFile {
  const move = db.prepare(
    "insert into view_positions (log, pos, hash) values (?, ?, ?) on conflict do update set pos = excluded.pos, hash = excluded.hash",
  )
  const tips = new Map<LogId, Tip>()
  for (const { log, pos, hash } of db.prepare("select log, pos, hash from view_positions").all())
    tips.set(String(log), { pos: Number(pos), hash: hash as Uint8Array })

  return {
    position: (log) => tips.get(log)?.pos ?? 0,
    positions: () => tips,
    apply(log, batch, hash) {
      const pos = batch.at(-1)?.pos ?? 0
      db.exec("begin immediate")
      try {
        projection.apply(db, projection.upcasting ? batch.map(projection.upcasting.commit) : batch)
        move.run(log, pos, hash)
        db.exec("commit")
      } catch (error) {
        if (db.isTransaction) db.exec("rollback")
        throw error
      }
      tips.set(log, { pos, hash })
    },
    all: (sql, parameters) => db.prepare(sql).all(...parameters) as Record<string, SqlResult>[],
    get: (sql, parameters) => db.prepare(sql).get(...parameters) as Record<string, SqlResult> | undefined,
    close: () => {
      if (db.isOpen) db.close()
    },
  }
}
