import type { DatabaseSync } from "node:sqlite"

/** "Duck" in ASCII: SQLite's `application_id` of every log, so that another program's database is told apart. */
export const applicationId = 0x4475636b

/** Each brings a log from version `index` to `index + 1`, in one transaction with the change of `user_version`. */
export type Migration = (db: DatabaseSync) => void

export const logMigrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      -- body: the canonical commit, word for word what the hash covers. prev: the stream's commit before this one.
      create table commits (
        pos integer primary key, prev integer not null, hash blob not null, body text not null
      ) strict;
      -- heads and id_runs are an index over commits, written now and then, up to the position that about.indexed holds.
      create table heads (stream text primary key, head integer not null) strict, without rowid;
      -- Between which ids those of the positions after+1 to upto lie. ids, one behind the other, is filled in when the
      -- commits are trimmed away, so that a late retry is still recognised.
      create table id_runs (
        after integer primary key, upto integer not null, least text not null, greatest text not null, ids text
      ) strict;
      create index id_runs_by_id on id_runs (greatest, least);
      create table about (key text primary key, value any not null) strict, without rowid;
      insert into about (key, value) values ('indexed', 0);
    `),
]

export type SchemaState = "current" | "older" | "newer" | "foreign" | "empty"

/** What stands in an opened database, without changing it. Throws SQLite's error when it is not one at all. */
export function schemaState(db: DatabaseSync, migrations: readonly Migration[] = logMigrations): SchemaState {
  const version = pragma(db, "user_version")
  if (pragma(db, "application_id") !== applicationId) {
    const tables = db.prepare("select count(*) as n from sqlite_schema").get()?.n
    return tables === 0 && version === 0 ? "empty" : "foreign"
  }
  if (version > migrations.length) return "newer"
  return version === migrations.length ? "current" : "older"
}

/** Brings a database up to the newest version; each step is all or nothing. */
export function migrate(db: DatabaseSync, migrations: readonly Migration[] = logMigrations): void {
  for (let version = pragma(db, "user_version"); version < migrations.length; version++) {
    db.exec("begin immediate")
    try {
      migrations[version]?.(db)
      db.exec(`pragma application_id = ${applicationId}; pragma user_version = ${version + 1}; commit`)
    } catch (error) {
      if (db.isTransaction) db.exec("rollback")
      throw error
    }
  }
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`pragma ${name}`).get()?.[name])
}
