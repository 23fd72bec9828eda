import { chmodSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** "RDcp": says that a file is a store of checkpoints. */
const applicationId = 0x52446370
const schemaVersion = 1

const schema = `
  CREATE TABLE block (
    id INTEGER PRIMARY KEY, raw INTEGER NOT NULL, stored INTEGER NOT NULL, is_compressed INTEGER NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE object (
    hash BLOB PRIMARY KEY, block INTEGER NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE folder (base TEXT NOT NULL, path TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (base, path))
    STRICT, WITHOUT ROWID;
  CREATE TABLE state (generation INTEGER NOT NULL) STRICT;
  INSERT INTO state VALUES (0);
`

/** Opens the database of a project's checkpoints, or makes it, for its owner only. */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    db.exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 4000000")
    const { user_version: version } = db.prepare("PRAGMA user_version").get() ?? {}
    const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n)
    if (tables === 0)
      db.exec(
        `BEGIN; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT`,
      )
    else if (version !== schemaVersion) {
      const message = `it has version ${version}, this program writes ${schemaVersion}`
      throw Object.assign(new Error(message), { errcode: 26 })
    }
    chmodSync(path, 0o600)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
