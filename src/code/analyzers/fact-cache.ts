import { deserialize, serialize } from "node:v8"
import { type DatabaseKind, inTransaction, openIndexDatabase } from "../index/database.ts"
import { examinationVersion } from "./examine.ts"
import type { FileFacts } from "./facts.ts"

/** Facts of files, kept from one analysis to the next: by path, good as long as the content is the same. */
export interface FactCache {
  /** Undefined where the content is another than that of the kept facts. */
  get(path: string, hash: string): FileFacts | undefined
  put(entries: readonly { readonly path: string; readonly hash: string; readonly facts: FileFacts }[]): void
  /** Forgets every path that is not among these. */
  keepOnly(paths: ReadonlySet<string>): void
  close(): void
}

const kind: DatabaseKind = {
  what: "store of analyses",
  /** "RDan" */
  applicationId: 0x5244616e,
  version: 1,
  schema: `
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE facts (path TEXT PRIMARY KEY, hash TEXT NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `,
}

/**
 * Opens the facts kept in a file, or makes it; what analyzers of another version have left there goes. Throws
 * UnavailableError where the folder can't be written.
 */
export function openFactCache(file: string): FactCache {
  const { db } = openIndexDatabase(file, kind)
  const version = examinationVersion()
  const kept = db.prepare("SELECT value FROM meta WHERE name = 'version'").get()?.value
  if (kept !== version) {
    inTransaction(db, () => {
      db.exec("DELETE FROM facts")
      db.prepare("INSERT OR REPLACE INTO meta VALUES ('version', ?)").run(version)
    })
  }
  const select = db.prepare("SELECT hash, data FROM facts WHERE path = ?")
  const insert = db.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)")
  return {
    get(path, hash) {
      const row = select.get(path)
      // Written by this program alone, for this very version of it.
      return row?.hash === hash && row.data instanceof Uint8Array ? (deserialize(row.data) as FileFacts) : undefined
    },
    put(entries) {
      inTransaction(db, () => {
        for (const { path, hash, facts } of entries) insert.run(path, hash, serialize(facts))
      })
    },
    keepOnly(paths) {
      const gone = db
        .prepare("SELECT path FROM facts")
        .all()
        .filter(({ path }) => !paths.has(String(path)))
      if (gone.length === 0) return
      const remove = db.prepare("DELETE FROM facts WHERE path = ?")
      inTransaction(db, () => {
        for (const { path } of gone) remove.run(path ?? "")
      })
    },
    close: () => db.close(),
  }
}
