import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { eventually } from "../contract/eventually.ts"
import { appendAll, commitTo, posOf } from "../contract/sequencer-commits.ts"
import type { Committed } from "../ports.ts"
import type { Projection, View } from "../projection.ts"
import { upcasting } from "../upcast.ts"
import { type Fabric, openFabric } from "./fabric.ts"
import { testFolder } from "./store.testing.ts"

const { folder, make, remove } = testFolder()
let fabric: Fabric
beforeEach(async () => {
  make()
  fabric = await openFabric({ folder: folder() })
})
afterEach(async () => {
  await fabric.close()
  remove()
})

/** What was last said in each stream, and how many commits that took. */
function lastSaid(options: Partial<Projection> = {}): Projection {
  return {
    name: "last-said",
    version: 1,
    wants: (log) => log !== "core",
    create: (db) =>
      db.exec("create table said (log text, stream text, data text, times integer, primary key (log, stream))"),
    apply(db, batch) {
      const put = db.prepare(
        "insert into said values (?, ?, ?, 1) on conflict do update set data = excluded.data, times = times + 1",
      )
      for (const { log, stream, events } of batch) put.run(log, stream, JSON.stringify(events[0].data))
    },
    ...options,
  }
}

const rows = (view: View) => view.all("select * from said order by log, stream").map((row) => ({ ...row }))

async function reopen() {
  await fabric.close()
  fabric = await openFabric({ folder: folder() })
}

test("a view shows what was appended once it has reached it", async () => {
  const view = await fabric.views.open(lastSaid())
  const pos = posOf(await fabric.sequencer.append("project.p", commitTo("a", { data: "hello" })))
  expect(await view.reached("project.p", pos)).toBe(true)
  expect(view.get("select data from said where stream = ?", "a")?.data).toBe('"hello"')
  expect(view.position("project.p")).toBe(pos)
  expect(view.state()).toEqual({ kind: "live" })
})

test("it goes on where it was after a restart, without reading again what it has", async () => {
  const first = await fabric.views.open(lastSaid())
  await appendAll(fabric.sequencer, "project.p", "a", [1, 2, 3])
  await first.reached("project.p", 3)
  await reopen()
  await appendAll(fabric.sequencer, "project.p", "a", [4], 3)
  const seen: number[] = []
  const original = lastSaid()
  const view = await fabric.views.open({
    ...original,
    apply(db, batch) {
      seen.push(...batch.map(({ pos }) => pos))
      original.apply(db, batch)
    },
  })
  expect(seen).toEqual([4])
  expect(rows(view)).toEqual([{ log: "project.p", stream: "a", data: "4", times: 4 }])
})

test("another version of a view is built anew from the log", async () => {
  await fabric.views.open(lastSaid())
  await appendAll(fabric.sequencer, "project.p", "a", [1, 2, 3])
  await reopen()
  const view = await fabric.views.open(
    lastSaid({
      version: 2,
      create: (db) => db.exec("create table counts (n integer); insert into counts values (0)"),
      apply: (db, batch) => db.prepare("update counts set n = n + ?").run(batch.length),
    }),
  )
  expect(view.get("select n from counts")?.n).toBe(3)
  expect(() => view.all("select * from said")).toThrow("no such table")
})

test("dropped and rebuilt it is the same as the one that followed live", async () => {
  const view = await fabric.views.open(lastSaid())
  const append = fc.record({
    log: fc.constantFrom("project.p", "project.q"),
    stream: fc.constantFrom("a", "b", "c.d"),
    data: fc.jsonValue().filter((value) => JSON.stringify(value).isWellFormed()),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(append, { maxLength: 12 }), async (appends) => {
      for (const { log, stream, data } of appends) {
        const expected = await fabric.sequencer.head(log, stream)
        const commit = commitTo(stream, { expect: expected, data: JSON.parse(JSON.stringify(data)) })
        await view.reached(log, posOf(await fabric.sequencer.append(log, commit)))
      }
      const live = rows(view)
      await fabric.views.rebuild("last-said")
      expect(rows(view)).toEqual(live)
    }),
    { numRuns: 15 },
  )
})

test("logs that appear later are followed, and a dropped log leaves nothing in the view", async () => {
  const view = await fabric.views.open(lastSaid())
  await appendAll(fabric.sequencer, "project.p", "a", [1])
  await appendAll(fabric.sequencer, "project.q", "a", [1])
  await appendAll(fabric.sequencer, "core", "a", [1])
  await view.reached("project.q", 1)
  expect(rows(view)).toHaveLength(2)
  await fabric.sequencer.drop("project.p")
  await eventually(() => expect(rows(view).map(({ log }) => log)).toEqual(["project.q"]))
  await appendAll(fabric.sequencer, "project.p", "b", ["anew"])
  await eventually(() => expect(rows(view)).toHaveLength(2))
})

describe("a view is rebuilt when its file", () => {
  const path = () => join(folder(), "views", "last-said.db")

  beforeEach(async () => {
    await fabric.views.open(lastSaid())
    await appendAll(fabric.sequencer, "project.p", "a", [1, 2, 3])
    await fabric.close()
  })

  async function expectRebuilt() {
    fabric = await openFabric({ folder: folder() })
    const view = await fabric.views.open(lastSaid())
    expect(rows(view)).toEqual([{ log: "project.p", stream: "a", data: "3", times: 3 }])
  }

  test("is not a database", async () => {
    writeFileSync(path(), "garbage ".repeat(2000))
    await expectRebuilt()
  })

  test("is damaged inside", async () => {
    const bytes = readFileSync(path())
    bytes.fill(0xee, 100, 4096)
    writeFileSync(path(), bytes)
    await expectRebuilt()
  })

  test("is another program's", async () => {
    const db = new DatabaseSync(path())
    db.exec("pragma application_id = 1; drop table said")
    db.close()
    await expectRebuilt()
  })

  test("is ahead of the log", async () => {
    const db = new DatabaseSync(path())
    db.exec("update view_positions set pos = 10; update said set data = 'never'")
    db.close()
    await expectRebuilt()
  })

  test("was made from another history", async () => {
    const db = new DatabaseSync(path())
    db.exec("update view_positions set hash = zeroblob(32), pos = 2; update said set data = 'never'")
    db.close()
    await expectRebuilt()
  })
})

test("damage that shows while it is read is answered with a way on, and rebuilt meanwhile", async () => {
  const view = await fabric.views.open(lastSaid())
  await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      fabric.sequencer.append("project.p", commitTo(`s.${i}`, { data: "x".repeat(100) })),
    ),
  )
  await view.reached("project.p", 300)
  await fabric.close()
  const path = join(folder(), "views", "last-said.db")
  const bytes = readFileSync(path)
  bytes.fill(0xee, 4096 * 4)
  writeFileSync(path, bytes)
  fabric = await openFabric({ folder: folder() })
  const again = await fabric.views.open(lastSaid())
  expect(() => again.all("select * from said where data like '%y%' or times > 0")).toThrow(
    expect.objectContaining({ code: "VIEW_REBUILDING" }),
  )
  await eventually(() => expect(again.get("select count(*) as n from said")?.n).toBe(300))
})

test("a commit that can't be applied breaks its view there, not the log and not other views", async () => {
  const original = lastSaid()
  const fragile = await fabric.views.open({
    ...original,
    name: "fragile",
    apply(db, batch: readonly Committed[]) {
      if (batch.some(({ events }) => events[0].data === "poison")) throw new Error("can't digest this")
      original.apply(db, batch)
    },
  })
  const sturdy = await fabric.views.open(original)
  await Promise.all(
    ["a", "b", "poison", "c"].map((data, i) => fabric.sequencer.append("project.p", commitTo(`s.${i}`, { data }))),
  )
  expect(await sturdy.reached("project.p", 4)).toBe(true)
  expect(await fragile.reached("project.p", 4)).toBe(false)
  expect(fragile.state()).toEqual({ kind: "broken", log: "project.p", pos: 3, error: "can't digest this" })
  expect(rows(fragile).map(({ stream }) => stream)).toEqual(["s.0", "s.1"])
  await appendAll(fabric.sequencer, "project.q", "a", [1])
  expect(await fragile.reached("project.q", 1)).toBe(true)
  expect(await fabric.views.reached({ "project.p": 4 }, { withinMs: 0 })).toBe("stale")
})

test("a token is answered as current once every view is there, and as stale after two seconds", async () => {
  await fabric.close()
  const clock = manualClock()
  fabric = await openFabric({ folder: folder(), clock })
  await fabric.views.open(lastSaid())
  const [commit] = await appendAll(fabric.sequencer, "project.p", "a", [1])
  expect(commit).toBeDefined()
  expect(await fabric.views.reached({ "project.p": 1 })).toBe("current")
  let answer: string | undefined
  const waiting = fabric.views.reached({ "project.p": 2 }).then((said) => {
    answer = said
  })
  clock.advance(1999)
  await appendAll(fabric.sequencer, "project.q", "a", [1])
  expect(answer).toBeUndefined()
  clock.advance(1)
  await waiting
  expect(answer).toBe("stale")
})

test("old events reach the view as they would be written today", async () => {
  await appendAll(fabric.sequencer, "project.p", "a", [{ words: "old" }])
  const view = await fabric.views.open(
    lastSaid({ upcasting: upcasting({ "test.happened": [(data) => ({ text: (data as { words: string }).words })] }) }),
  )
  expect(rows(view)[0]?.data).toBe('{"text":"old"}')
})

test("a view that can't be created says so, and can be opened when that is mended", async () => {
  const broken = lastSaid({ create: (db) => db.exec("create nonsense") })
  await expect(fabric.views.open(broken)).rejects.toThrow("syntax error")
  await appendAll(fabric.sequencer, "project.p", "a", [1])
  const view = await fabric.views.open(lastSaid())
  expect(rows(view)).toHaveLength(1)
})

test("what a view missed because its log was trimmed is said, and it goes on from there", async () => {
  await appendAll(fabric.sequencer, "project.p", "a", [1, 2])
  const seal = await fabric.seals.seal("project.p")
  if (seal) await fabric.sequencer.trim("project.p", 2, seal)
  await appendAll(fabric.sequencer, "project.p", "b", [3])
  const view = await fabric.views.open(lastSaid())
  expect(rows(view).map(({ stream }) => stream)).toEqual(["b"])
  expect(view.position("project.p")).toBe(3)
})
