import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createLog, openLog } from "./sqlite-open.ts"
import { logMigrations, type Migration, migrate, schemaState } from "./sqlite-schema.ts"
import { testFolder } from "./store.testing.ts"

const { folder, make, remove } = testFolder()
beforeEach(make)
afterEach(remove)

const path = () => join(folder(), "core.db")
const stream = "s"
const commit = {
  id: "01J00000000000000000000000",
  stream,
  expect: 0,
  text: '{"events":[{}],"expect":0,"id":"01J00000000000000000000000","meta":{},"stream":"s"}',
}

/** The schema of tomorrow: today's and one step more. */
const addsNotes: Migration = (db) => db.exec("create table notes (text); insert into notes select body from commits")

test("an older log is brought up to date when it is opened, with what it holds", () => {
  const old = createLog({ log: "core", path: path() })
  old.transaction(() => old.add(commit))
  old.close()
  const migrated = openLog({ log: "core", path: path(), migrations: [...logMigrations, addsNotes] })
  expect(migrated.tip().pos).toBe(1)
  migrated.close()
  const db = new DatabaseSync(path())
  expect(db.prepare("select count(*) as n from notes").get()?.n).toBe(1)
  expect(schemaState(db)).toBe("newer")
  expect(schemaState(db, [...logMigrations, addsNotes])).toBe("current")
  db.close()
})

test("a migration that fails leaves the log at its old version, and usable", () => {
  createLog({ log: "core", path: path() }).close()
  const fails: Migration = (db) => db.exec("create table notes (text); create nonsense")
  expect(() => openLog({ log: "core", path: path(), migrations: [...logMigrations, fails] })).toThrow("syntax error")
  const again = openLog({ log: "core", path: path() })
  again.transaction(() => again.add(commit))
  expect(again.tip().pos).toBe(1)
  again.close()
})

test("steps run in order, each once", () => {
  const db = new DatabaseSync(":memory:")
  const ran: number[] = []
  const steps = [1, 2, 3].map((n) => () => void ran.push(n))
  migrate(db, steps.slice(0, 2))
  migrate(db, steps)
  migrate(db, steps)
  expect(ran).toEqual([1, 2, 3])
  expect(schemaState(db, steps)).toBe("current")
  expect(schemaState(db, [...steps, () => {}])).toBe("older")
  db.close()
})

test("a log that was not finished when it was made has no name yet, and is made again", () => {
  const draft = new DatabaseSync(`${path()}.new`)
  draft.exec("create table commits (half)")
  draft.close()
  const log = createLog({ log: "core", path: path() })
  expect(log.tip().pos).toBe(0)
  log.close()
})
