import { existsSync, renameSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { newId } from "../../base/ids.ts"
import { LogUnreadableError } from "../errors.ts"
import type { LogId } from "../ports.ts"
import { isDamage } from "./sqlite-errors.ts"
import { type LogTable, logTable } from "./sqlite-log.ts"
import { logMigrations, type Migration, migrate, schemaState } from "./sqlite-schema.ts"
import { makeFolderDurably, syncFolder } from "./store-durable.ts"

/**
 * FULL: a commit is on stable storage before it is acknowledged. OFF: the operating system writes it when it likes,
 * which is right only for a mirror that can be filled again.
 */
export type Synchronous = "FULL" | "OFF"

/** A WAL of about 8 MB: half the checkpoints, with their two fsyncs each, of SQLite's default. */
const checkpointPages = 2000

export interface OpenLogOptions {
  readonly log: LogId
  readonly path: string
  readonly synchronous?: Synchronous
  readonly migrations?: readonly Migration[]
}

/**
 * Opens a log's database that is there. Older schemas are migrated. Throws LogUnreadableError for one that is damaged,
 * another program's, another log's or a newer version's, and changes nothing then.
 */
export function openLog({ log, path, synchronous = "FULL", migrations = logMigrations }: OpenLogOptions): LogTable {
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    const state = schemaState(db, migrations)
    if (state === "empty") throw unreadable("LOG_DAMAGED", "is empty, so it was cut off")
    if (state === "foreign") throw unreadable("LOG_FOREIGN", "is a database of another program")
    if (state === "newer") throw unreadable("LOG_TOO_NEW", "was written by a newer version of RubberDuck")
    db.exec(
      `pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma wal_autocheckpoint = ${checkpointPages}`,
    )
    migrate(db, migrations)
    const name = db.prepare("select value from about where key = 'log'").get()?.value
    if (name !== log) throw unreadable("LOG_FOREIGN", `holds the log ${name}`)
    return logTable(log, db)
  } catch (error) {
    db.close()
    if (isDamage(error)) throw unreadable("LOG_DAMAGED", `is damaged: ${(error as Error).message}`, error)
    throw error
  }

  function unreadable(
    code: LogUnreadableError["code"] & ("LOG_DAMAGED" | "LOG_FOREIGN" | "LOG_TOO_NEW"),
    what: string,
    cause?: unknown,
  ) {
    return new LogUnreadableError(code, { log, path, what, cause })
  }
}

/**
 * Makes a new, empty log. It gets its name only once it is complete and on stable storage, so that an empty file under
 * that name is always damage and never a start.
 */
export function createLog(options: OpenLogOptions): LogTable {
  const { log, path, migrations = logMigrations } = options
  const draft = `${path}.new`
  makeFolderDurably(dirname(path))
  for (const part of [draft, `${draft}-wal`, `${draft}-shm`, `${draft}-journal`]) rmSync(part, { force: true })
  const db = new DatabaseSync(draft)
  try {
    db.exec("pragma journal_mode = wal; pragma synchronous = full")
    migrate(db, migrations)
    db.prepare("insert into about (key, value) values ('log', ?), ('born', ?)").run(log, newId())
  } finally {
    db.close()
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
  return openLog(options)
}

export const logExists = (path: string): boolean => existsSync(path)
