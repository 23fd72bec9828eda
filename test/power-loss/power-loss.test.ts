import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest"
import { commitTo } from "../../src/fabric/contract/sequencer-commits.ts"
import { openFabric } from "../../src/fabric/embedded/fabric.ts"
import type { Projection } from "../../src/fabric/projection.ts"
import { nothingSaid, runWriter, survey, warmUp } from "../crash/crash.testing.ts"
import { type Disk, makeDisk, whyNoDisk } from "./power-loss.testing.ts"

const probe = mkdtempSync(join(tmpdir(), "duck-power-probe-"))
const whyNot = whyNoDisk(probe)
rmSync(probe, { recursive: true, force: true })
if (whyNot !== undefined) console.warn(`SKIPPED: the power loss tests did not run here: ${whyNot}.`)

describe.skipIf(whyNot !== undefined)("after a power loss", async () => {
  const coolDown = whyNot === undefined ? await warmUp() : () => {}
  afterAll(coolDown)
  let folder: string
  let disk: Disk
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "duck-power-"))
    disk = makeDisk(folder)
  })
  afterEach(() => {
    disk.remove()
    rmSync(folder, { recursive: true })
  })

  /** Writes until so many commits are acknowledged, then cuts the power in the middle of it. */
  async function cutAfter(acks: number, synchronous: "FULL" | "OFF", said = nothingSaid()) {
    const data = join(disk.path, "data")
    await runWriter({
      folder: data,
      said,
      synchronous,
      giveUpAfter: 1,
      onAck: (count, child) => {
        if (count !== acks) return undefined
        disk.cutPower()
        child.kill("SIGKILL")
        // What it says after the cut nobody would have heard, and a sync under way at that moment may lie.
        return "deaf"
      },
    })
    disk.powerOn()
    return { said, data }
  }

  test("every acknowledged commit of the log is there, in order, and the chain verifies; eight times", async () => {
    const said = nothingSaid()
    for (const acks of [1, 7, 60, 250, 400, 33, 150, 90]) {
      const { data } = await cutAfter(acks, "FULL", said)
      const { lost, undead, verification } = await survey(data, said)
      expect({ lost, undead }).toEqual({ lost: [], undead: [] })
      expect(verification).toMatchObject({ ok: true })
    }
    expect(said.committed.size).toBeGreaterThanOrEqual(991)
  })

  test("the test can see a loss: with synchronous=OFF acknowledged commits are gone", async () => {
    const { said, data } = await cutAfter(400, "OFF")
    const lost = await survey(data, said).then(
      (found) => found.lost.length,
      // Nothing but a name, or half a file: all of it is lost.
      () => said.committed.size,
    )
    expect(lost).toBeGreaterThan(0)
  })

  test("views, which are not synced, are the same as if they were made from the log anew", async () => {
    const data = join(disk.path, "data")
    const streams = Array.from({ length: 40 }, (_, i) => `s.${i}`)
    const heads = new Map<string, number>()
    for (let round = 0; round < 3; round++) {
      const fabric = await openFabric({ folder: data })
      const view = await fabric.views.open(counts)
      for (let i = 0; i < 5; i++)
        await Promise.all(
          streams.map(async (stream) => {
            const commit = commitTo(stream, { expect: heads.get(stream) ?? 0 })
            const answer = await fabric.sequencer.append("project.p", commit)
            if (answer.kind === "committed") heads.set(stream, answer.pos)
          }),
        )
      await view.reached("project.p", fabric.store.tip("project.p").pos)
      disk.cutPower()
      await fabric.close().catch(() => {})
      disk.powerOn()
    }
    const fabric = await openFabric({ folder: data })
    const view = await fabric.views.open(counts)
    const after = view.all("select * from counts order by stream")
    await fabric.views.rebuild("counts")
    expect(view.all("select * from counts order by stream")).toEqual(after)
    expect(after.map((row) => row.n)).toEqual(streams.map(() => 15))
    expect(await fabric.store.verify("project.p")).toMatchObject({ ok: true, checked: 600 })
    await fabric.close()
  })
})

const counts: Projection = {
  name: "counts",
  version: 1,
  wants: (log) => log === "project.p",
  create: (db) => db.exec("create table counts (stream text primary key, n integer)"),
  apply(db, batch) {
    const add = db.prepare("insert into counts values (?, 1) on conflict do update set n = n + 1")
    for (const { stream } of batch) add.run(stream)
  },
}
