import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { logStoreContract } from "../contract/log-store.ts"
import { appendAll, commitTo } from "../contract/sequencer-commits.ts"
import { type Fabric, openFabric } from "./fabric.ts"
import { testFolder } from "./store.testing.ts"
import { logStore } from "./store.ts"
import { logTables } from "./store-tables.ts"

logStoreContract("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "duck-store-"))
  const clock = manualClock()
  const tables = logTables({ folder })
  return {
    store: logStore({ tables, clock }),
    async pass(ms) {
      clock.advance(ms)
      await setImmediate()
    },
    close() {
      tables.close()
      rmSync(folder, { recursive: true })
    },
  }
})

describe("verification finds", () => {
  const { folder, make, remove } = testFolder()
  let fabric: Fabric
  beforeEach(async () => {
    make()
    fabric = await openFabric({ folder: folder() })
    await appendAll(fabric.sequencer, "project.p", "a", [1, 2, 3])
    await appendAll(fabric.sequencer, "project.p", "b", [4, 5])
    await fabric.seals.sealAll()
    await appendAll(fabric.sequencer, "project.p", "c", [6])
  })
  afterEach(async () => {
    await fabric.close()
    remove()
  })

  /** Changes the log as someone could who has the file. */
  async function tamper(log: string, ...sql: string[]) {
    await fabric.close()
    const db = new DatabaseSync(join(folder(), "log", `${log}.db`))
    for (const statement of sql) db.exec(statement)
    db.close()
    rmSync(join(folder(), "log", "tips.json"))
    fabric = await openFabric({ folder: folder() })
  }
  const verify = (log = "project.p") => fabric.store.verify(log, { trustedKeys: fabric.trustedKeys })

  test("nothing in a log that nobody touched", async () => {
    expect(await verify()).toMatchObject({ ok: true, checked: 6, seals: 1, sealedTo: 5 })
    await fabric.close()
    fabric = await openFabric({ folder: folder() })
    expect(await verify()).toMatchObject({ ok: true, seals: 2, sealedTo: 6 })
    expect(await verify("core")).toMatchObject({ ok: true })
  })

  test("a changed commit", async () => {
    await tamper("project.p", "update commits set body = replace(body, 'user.ann', 'user.bob') where pos = 2")
    expect(await verify()).toMatchObject({ ok: false, fault: { pos: 2, why: "hash" }, checked: 1 })
  })

  test("a changed hash", async () => {
    await tamper("project.p", "update commits set hash = zeroblob(32) where pos = 4")
    expect(await verify()).toMatchObject({ ok: false, fault: { pos: 4, why: "hash" } })
  })

  test("a commit that was taken out", async () => {
    await tamper("project.p", "delete from commits where pos = 3")
    expect(await verify()).toMatchObject({ ok: false, fault: { pos: 3, why: "hole" } })
  })

  test("an end that was cut off, by its seal", async () => {
    await tamper(
      "project.p",
      "delete from commits where pos > 2",
      "update heads set head = 2 where stream = 'a'; delete from heads where stream <> 'a'",
      "update id_runs set upto = 2; update about set value = 2 where key = 'indexed'",
    )
    expect(await verify()).toMatchObject({ ok: false, fault: { why: "seal" }, checked: 2 })
  })

  test("an index that says otherwise than the commits", async () => {
    await tamper("project.p", "update heads set head = 1 where stream = 'a'")
    expect(await verify()).toMatchObject({ ok: false, fault: { why: "stream" } })
  })

  test("a seal by a key that is not trusted", async () => {
    await fabric.close()
    rmSync(join(folder(), "node.key"))
    fabric = await openFabric({ folder: folder() })
    expect(await verify()).toMatchObject({ ok: false, fault: { why: "seal" } })
    expect(await fabric.store.verify("project.p")).toMatchObject({ ok: true })
  })

  test("nothing wrong with a log that was dropped and begun again under its name", async () => {
    await fabric.seals.drop("project.p", "user.ann")
    await appendAll(fabric.sequencer, "project.p", "a", ["anew"])
    expect(await verify()).toMatchObject({ ok: true, checked: 1, seals: 0 })
    await fabric.seals.sealAll()
    expect(await verify()).toMatchObject({ ok: true, seals: 1, sealedTo: 1 })
  })

  test("a trimmed log whole, from the seal under which it was trimmed", async () => {
    const seal = await fabric.seals.seal("project.p")
    if (seal) await fabric.sequencer.trim("project.p", 6, seal)
    await appendAll(fabric.sequencer, "project.p", "a", [7], 3)
    expect(await verify()).toMatchObject({ ok: true, checked: 1, trimmedTo: 6, sealedTo: 6 })
  })
})

describe("seals", () => {
  const { folder, make, remove } = testFolder()
  beforeEach(make)
  afterEach(remove)

  test("are made every hour, only of what has grown, and at the end", async () => {
    const clock = manualClock()
    const fabric = await openFabric({ folder: folder(), clock })
    const { store, sequencer } = fabric
    await appendAll(sequencer, "project.p", "a", [1])
    const sealsOf = (log: string) => [...store.stream("core", `seal.${log}`)].length
    expect(sealsOf("project.p")).toBe(0)
    clock.advance(3_600_000)
    await store.reached("core", 2, { withinMs: Number.POSITIVE_INFINITY })
    expect([sealsOf("project.p"), sealsOf("core")]).toEqual([1, 1])
    await fabric.seals.sealAll()
    expect([sealsOf("project.p"), sealsOf("core")]).toEqual([1, 1])
    await sequencer.append("project.p", commitTo("b"))
    await fabric.close()
    const again = await openFabric({ folder: folder(), clock })
    expect([...again.store.stream("core", "seal.project.p")]).toHaveLength(2)
    await again.close()
  })

  test("the core log can't be dropped", async () => {
    const fabric = await openFabric({ folder: folder() })
    await expect(fabric.seals.drop("core", "user.ann")).rejects.toMatchObject({ code: "INVALID_INPUT" })
    await fabric.close()
  })
})
