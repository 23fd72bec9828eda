import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, expect, test } from "vitest"
import { appendAll, commitTo, posOf } from "../contract/sequencer-commits.ts"
import { openFabric } from "./fabric.ts"
import { inspectLog } from "./inspect.ts"
import { recoverLog } from "./recover.ts"
import { testFolder } from "./store.testing.ts"

const { folder, make, remove } = testFolder()
beforeEach(make)
afterEach(remove)

const core = () => join(folder(), "log", "core.db")
const total = 400

/** A folder whose core log has `total` commits of some size, closed as a server closes it. */
async function filled() {
  const fabric = await openFabric({ folder: folder() })
  const commits = Array.from({ length: total }, (_, i) => commitTo(`s.${i}`, { data: { i, text: "x".repeat(300) } }))
  await Promise.all(commits.map((commit) => fabric.sequencer.append("core", commit)))
  await fabric.close()
  return commits
}

/** Changes the last byte of a text in a file, behind SQLite's back; wherever it stands, also in space not used any more. */
function flipByte(path: string, text: string) {
  const bytes = readFileSync(path)
  const places = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at + text.length - 1)
  expect(places).not.toEqual([])
  for (const place of places) bytes[place] = (bytes[place] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

async function problems() {
  return (await inspectLog(folder())).map(({ log, problem }) => [log, problem?.code])
}

test("a sound folder has nothing to recover", async () => {
  await filled()
  const [inspection] = await inspectLog(folder())
  expect(inspection).toMatchObject({ log: "core", verification: { ok: true, checked: total + 1, sealedTo: total } })
  expect(inspection?.problem).toBeUndefined()
  expect(await recoverLog(folder())).toEqual([])
})

test("a changed byte in one commit is found at its place; what stands before it is saved", async () => {
  const commits = await filled()
  const id = commits[249]?.id ?? ""
  flipByte(core(), `"id":"${id}`)
  const before = readFileSync(core())
  const [inspection] = await inspectLog(folder())
  expect(inspection?.problem).toMatchObject({ code: "LOG_DAMAGED" })
  expect(inspection?.verification?.fault).toMatchObject({ pos: 250, why: "hash" })

  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ log: "core", saved: 249, savedTo: 249 })
  expect(recovery?.lost).toMatchObject({ from: 250, to: total + 1, readableAfter: total + 1 - 250 })
  expect(readFileSync(join(recovery?.keptIn ?? "", "core.db"))).toEqual(before)
  await expectToGoOn(249)
})

test("a file whose end was cut off keeps what can be read, in order", async () => {
  await filled()
  truncateSync(core(), Math.floor(readFileSync(core()).length * 0.6))
  expect(await problems()).toEqual([["core", "LOG_DAMAGED"]])
  await expect(openAndVerify()).rejects.toMatchObject({ code: expect.stringMatching(/^LOG_/) })
  const [recovery] = await recoverLog(folder())
  expect(recovery?.savedTo).toBeGreaterThan(10)
  expect(recovery?.lost?.from).toBe((recovery?.savedTo ?? 0) + 1)
  await expectToGoOn(recovery?.savedTo ?? 0)
})

test("a file cut off to nothing is damage, not a new log", async () => {
  await filled()
  truncateSync(core(), 0)
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({ code: "LOG_DAMAGED" })
  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ saved: 0, lost: { from: 1, to: total + 1 } })
  await expectToGoOn(0)
})

test("garbage in the place of the log is damage, and is kept", async () => {
  await filled()
  writeFileSync(core(), "this is not a database at all ".repeat(500))
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({
    code: "LOG_DAMAGED",
    hint: expect.stringContaining("duck doctor"),
  })
  const [recovery] = await recoverLog(folder())
  expect(readFileSync(join(recovery?.keptIn ?? "", "core.db"), "utf8")).toContain("not a database at all")
  await expectToGoOn(0)
})

test("another program's database is not taken for a log", async () => {
  await filled()
  rmSync(core())
  const other = new DatabaseSync(core())
  other.exec("create table notes (text)")
  other.close()
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({ code: "LOG_FOREIGN" })
  expect(await problems()).toEqual([["core", "LOG_FOREIGN"]])
  const [recovery] = await recoverLog(folder())
  expect(existsSync(join(recovery?.keptIn ?? "", "core.db"))).toBe(true)
  await expectToGoOn(0)
})

test("a log under another's name is foreign", async () => {
  await filled()
  copyFileSync(core(), join(folder(), "log", "project.p.db"))
  const fabric = await openFabric({ folder: folder() })
  expect(() => fabric.store.scan("project.p", 0, 1)).toThrow(expect.objectContaining({ code: "LOG_FOREIGN" }))
  await fabric.close()
})

test("a log of a newer version is refused and left alone", async () => {
  await filled()
  const db = new DatabaseSync(core())
  db.exec("pragma user_version = 99")
  db.close()
  const before = readFileSync(core())
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({
    code: "LOG_TOO_NEW",
    hint: expect.stringContaining("newer"),
  })
  expect(await recoverLog(folder())).toEqual([])
  expect(readFileSync(core())).toEqual(before)
})

test("a log that has been removed is missed, and recovering says how much is gone", async () => {
  await filled()
  rmSync(core())
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({ code: "LOG_MISSING" })
  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ log: "core", saved: 0, lost: { from: 1, to: total + 1 } })
  await expectToGoOn(0)
})

test("a log put back from an older copy is noticed before anything is appended to it", async () => {
  await filled()
  copyFileSync(core(), join(folder(), "older.db"))
  const fabric = await openFabric({ folder: folder() })
  await appendAll(fabric.sequencer, "core", "b", [1, 2, 3])
  await fabric.close()
  copyFileSync(join(folder(), "older.db"), core())
  await expect(openFabric({ folder: folder() })).rejects.toMatchObject({ code: "LOG_SUSPECT", why: "regression" })
  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ savedTo: total + 1, lost: { from: total + 2 } })
  await expectToGoOn(total + 1)
})

test("one project's damaged log does not keep the others from working", async () => {
  const fabric = await openFabric({ folder: folder() })
  for (const log of ["project.good", "project.bad"]) await appendAll(fabric.sequencer, log, "a", [1, 2, 3])
  await fabric.close()
  writeFileSync(join(folder(), "log", "project.bad.db"), "broken ".repeat(2000))
  const again = await openFabric({ folder: folder() })
  expect(again.store.scan("project.good", 0, 10)).toHaveLength(3)
  expect(() => again.store.scan("project.bad", 0, 10)).toThrow(expect.objectContaining({ code: "LOG_DAMAGED" }))
  const appended = appendAll(again.sequencer, "project.bad", "a", [4])
  await expect(appended).rejects.toMatchObject({ code: "LOG_DAMAGED" })
  await again.close()
  expect((await recoverLog(folder())).map(({ log }) => log)).toEqual(["project.bad"])
})

test("what a WAL still holds is saved with the rest", async () => {
  const fabric = await openFabric({ folder: folder() })
  await Promise.all(Array.from({ length: 50 }, (_, i) => fabric.sequencer.append("core", commitTo(`s.${i}`))))
  // A copy made while the log is open stands for a machine that stopped then.
  for (const part of ["", "-wal"]) copyFileSync(`${core()}${part}`, join(folder(), `copy.db${part}`))
  await fabric.close()
  for (const part of ["", "-wal"]) copyFileSync(join(folder(), `copy.db${part}`), `${core()}${part}`)
  // The page of the heads is overwritten: the index is lost, the commits are not.
  const db = new DatabaseSync(core())
  db.exec("pragma wal_checkpoint(truncate)")
  const page = Number(db.prepare("select rootpage from sqlite_schema where name = 'heads'").get()?.rootpage)
  db.close()
  const bytes = readFileSync(core())
  bytes.fill(0xff, (page - 1) * 4096, page * 4096)
  writeFileSync(core(), bytes)
  expect(await problems()).toEqual([["core", "LOG_DAMAGED"]])
  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ savedTo: 50 })
  await expectToGoOn(50)
})

test("a trimmed log is recovered with its heads and the ids of what was trimmed", async () => {
  const fabric = await openFabric({ folder: folder() })
  const { sequencer, seals } = fabric
  const old = await appendAll(sequencer, "project.p", "a", [1, 2, 3])
  const seal = await seals.seal("project.p")
  if (seal) await sequencer.trim("project.p", 3, seal)
  const kept = await appendAll(sequencer, "project.p", "b", [4, 5])
  await fabric.close()
  flipByte(join(folder(), "log", "project.p.db"), `"id":"${kept[1]?.id}`)
  const [recovery] = await recoverLog(folder())
  expect(recovery).toMatchObject({ log: "project.p", savedTo: 4, saved: 1, lost: { from: 5 } })
  const again = await openFabric({ folder: folder() })
  expect(await again.sequencer.head("project.p", "a")).toBe(3)
  if (old[1]) expect(await again.sequencer.append("project.p", old[1])).toMatchObject({ pos: 2, repeated: true })
  await again.close()
})

test("nothing is recovered while a server has the folder", async () => {
  const fabric = await openFabric({ folder: folder() })
  await expect(recoverLog(folder())).rejects.toMatchObject({ code: "FOLDER_HELD" })
  await fabric.close()
})

async function openAndVerify() {
  const fabric = await openFabric({ folder: folder() })
  try {
    const { problem } = (await inspectLog(folder()))[0] ?? {}
    if (problem) throw problem
  } finally {
    await fabric.close()
  }
}

/** The log is usable, ends where it should, verifies, and takes new commits. */
async function expectToGoOn(end: number) {
  const fabric = await openFabric({ folder: folder() })
  const { sequencer, store, trustedKeys } = fabric
  expect(await sequencer.end("core")).toBe(end)
  expect(store.scan("core", 0, 10_000).map(({ pos }) => pos)).toEqual(Array.from({ length: end }, (_, i) => i + 1))
  const [commit] = await appendAll(sequencer, "core", "after", ["on"])
  if (commit) expect(posOf(await sequencer.append("core", commit))).toBe(end + 1)
  expect(await store.verify("core", { trustedKeys })).toMatchObject({ checked: end + 1 })
  await fabric.close()
}
