import { chmodSync, mkdirSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { UnavailableError } from "../../base/errors.ts"
import { analysisVersion } from "./analyse.ts"

/** Raised when the tables change; an index with another number is built anew. */
const schemaVersion = 2

const schema = `
  CREATE TABLE content (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL, variant TEXT NOT NULL, language TEXT NOT NULL, lines INTEGER NOT NULL,
    size INTEGER NOT NULL, first_doc INTEGER NOT NULL, chunks INTEGER NOT NULL, symbols INTEGER NOT NULL,
    documents BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX content_by_hash ON content (hash, variant);
  CREATE TABLE link (content INTEGER PRIMARY KEY, links TEXT NOT NULL) STRICT;
  CREATE TABLE signature (content INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
  CREATE TABLE body (content INTEGER PRIMARY KEY, parsed BLOB NOT NULL, text BLOB NOT NULL) STRICT;
  CREATE TABLE chunk_hash (content INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;

  CREATE TABLE segment (
    id INTEGER PRIMARY KEY, space INTEGER NOT NULL, first_doc INTEGER NOT NULL, last_doc INTEGER NOT NULL,
    blocks INTEGER NOT NULL, bytes INTEGER NOT NULL, directory BLOB NOT NULL, is_ready INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

  CREATE TABLE worktree (
    id INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE, head TEXT, history_head TEXT, indexed_at TEXT,
    is_complete INTEGER NOT NULL DEFAULT 0, rank_tree TEXT, rank BLOB
  ) STRICT;
  CREATE TABLE file (
    worktree INTEGER NOT NULL, path TEXT NOT NULL, content INTEGER, skipped TEXT, size INTEGER NOT NULL,
    mtime REAL NOT NULL, ctime REAL NOT NULL, inode REAL NOT NULL, read_at REAL NOT NULL, PRIMARY KEY (worktree, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE commits (
    id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, author TEXT NOT NULL, authored_at TEXT NOT NULL,
    subject TEXT NOT NULL, body TEXT NOT NULL, files INTEGER NOT NULL, words INTEGER NOT NULL, weight REAL NOT NULL,
    changes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE history_path (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE reachable (worktree INTEGER PRIMARY KEY, commits BLOB NOT NULL) STRICT;
`

/** What is kept in a file, and how one tells such a file. */
export interface DatabaseKind {
  /** For messages: "index". */
  readonly what: string
  readonly applicationId: number
  /** A file with another one is made anew. */
  readonly version: number
  readonly schema: string
}

const indexKind: DatabaseKind = {
  what: "index",
  /** "RDux" */
  applicationId: 0x52447578,
  version: schemaVersion * 1000 + analysisVersion,
  schema,
}

export interface IndexDatabase {
  readonly db: DatabaseSync
  /** Why an index that was there could not be used and was built anew; null otherwise. */
  readonly rebuiltBecause: string | null
}

/**
 * Opens the index at `path`, or makes it. What can't be used (corrupt, not an index, of another version) is removed:
 * nothing in it can't be had again. Throws UnavailableError where the folder can't be written. `kind`: another file
 * beside the index that is kept in the same way.
 */
export function openIndexDatabase(path: string, kind: DatabaseKind = indexKind): IndexDatabase {
  let rebuiltBecause: string | null = null
  for (let attempt = 0; ; attempt++) {
    let db: DatabaseSync | undefined
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      db = new DatabaseSync(path)
      const fault = prepare(db, kind)
      if (fault === null) {
        if (attempt === 0) chmodSync(path, 0o600)
        return { db, rebuiltBecause }
      }
      rebuiltBecause = fault
    } catch (cause) {
      rebuiltBecause = cause instanceof Error ? cause.message : String(cause)
      if (attempt > 0 || !isDamage(cause))
        throw new UnavailableError({
          code: "INDEX_UNAVAILABLE",
          message: `The ${kind.what} ${path} can't be opened: ${rebuiltBecause}.`,
          hint: "Check that the data folder is writable and the disk is not full.",
          cause,
        })
    }
    closeQuietly(db)
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true })
  }
}

/** Sets the database up; returns what is wrong with it, or null. */
function prepare(db: DatabaseSync, { what, schema, version, applicationId }: DatabaseKind): string | null {
  // Everything here can be rebuilt: NORMAL never corrupts in WAL mode, it may only lose the last batches at power loss.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000")
  db.exec(
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 4000000",
  )
  const found = Number(db.prepare("PRAGMA user_version").get()?.user_version)
  const tables = Number(
    db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").get()?.n,
  )
  if (tables === 0) {
    db.exec(`BEGIN; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}; COMMIT`)
    return null
  }
  if (Number(db.prepare("PRAGMA application_id").get()?.application_id) !== applicationId) return `it is no ${what}`
  if (found !== version) return `it has version ${found}, this program writes ${version}`
  if (tables !== schema.match(/CREATE TABLE/g)?.length) return "tables are missing"
  const check = db.prepare("PRAGMA quick_check(1)").get()?.quick_check
  return check === "ok" ? null : `it is damaged: ${String(check)}`
}

const damageCodes: ReadonlySet<number> = new Set([11 /* CORRUPT */, 26 /* NOTADB */])

/** Whether SQLite says that the file itself is at fault, and not the disk, the folder or a lock. */
export function isDamage(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !("errcode" in thrown)) return false
  return typeof thrown.errcode === "number" && damageCodes.has(thrown.errcode & 0xff)
}

function closeQuietly(db: DatabaseSync | undefined) {
  try {
    db?.close()
  } catch {
    // Already closed, or too damaged to close: the file is removed next.
  }
}

/** Runs `work` in one transaction; what it throws rolls it back. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE")
  try {
    const result = work()
    db.exec("COMMIT")
    return result
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK")
    throw error
  }
}
