import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import { openFabric } from "../fabric/embedded/fabric.ts"
import { logger, silentLogger } from "../observe/log.ts"
import { auditLog, openAudit } from "./audit.ts"
import { auditInbox, takeInbox } from "./audit-inbox.ts"

const connected = { actor: "owner", action: "command.run", target: "llm.connect", outcome: "done" } as const

/** A data folder with its log, and the events of its audit. */
async function folderOf() {
  const dataFolder = mkdtempSync(join(tmpdir(), "duck-inbox-"))
  const fabric = await openFabric({ folder: dataFolder })
  onTestFinished(async () => {
    await fabric.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  const audit = openAudit({ sequencer: fabric.sequencer, node: fabric.node, logger: silentLogger })
  const stored = () =>
    fabric.store
      .scan(auditLog, 0, 1_000)
      .filter(({ stream }) => stream.startsWith("audit."))
      .map(({ stream, meta, events }) => ({ stream, at: meta.at, actor: meta.actor, data: events[0].data }))
  return { dataFolder, fabric, audit, stored, waiting: () => readdirSync(join(dataFolder, "audit")) }
}

test("what a process noted while no server ran is stored at the next start, with its own time", async () => {
  const { dataFolder, audit, stored, waiting } = await folderOf()
  const clock = manualClock(Date.parse("2026-02-03T10:00:00Z"))
  auditInbox({ dataFolder, logger: silentLogger, clock }).note({ ...connected, details: { provider: "work" } })
  expect(stored()).toEqual([])
  await takeInbox({ dataFolder, audit, logger: silentLogger }).close()
  const { actor, ...data } = connected
  expect(stored()).toEqual([
    {
      stream: "audit.2026-02",
      at: "2026-02-03T10:00:00.000Z",
      actor,
      data: { ...data, details: { provider: "work" } },
    },
  ])
  expect(waiting()).toEqual([])
})

test("what comes while a server runs is stored at once", async () => {
  const { dataFolder, fabric, audit } = await folderOf()
  const inbox = takeInbox({ dataFolder, audit, logger: silentLogger })
  const before = await fabric.sequencer.end(auditLog)
  await auditInbox({ dataFolder, logger: silentLogger }).record(connected)
  expect(await fabric.store.reached(auditLog, before + 1, { withinMs: 10_000 })).toBe(true)
  await inbox.close()
})

test("an event that was stored already is not stored again, and one that can't be read is left and told of", async () => {
  const { dataFolder, audit, stored, waiting } = await folderOf()
  const clock = manualClock()
  auditInbox({ dataFolder, logger: silentLogger, clock }).note(connected)
  const [name = ""] = waiting()
  // As a server leaves it that is killed between the two.
  await audit.record(connected, { id: name.replace(".json", ""), atMs: clock.now() })
  writeFileSync(join(dataFolder, "audit", "zzz.json"), "{")
  const lines: string[] = []
  await takeInbox({ dataFolder, audit, logger: logger({ sinks: [(line) => lines.push(line)] }) }).close()
  expect(stored()).toHaveLength(1)
  expect(waiting()).toEqual(["zzz.json"])
  expect(lines.join("\n")).toContain("zzz.json")
})
