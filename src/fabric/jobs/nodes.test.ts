import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type ManualClock, manualClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { localNodes } from "../contract/nodes.ts"
import { embeddedDoorbell } from "../embedded/doorbell.ts"
import { embeddedSequencer } from "../embedded/sequencer.ts"
import { embeddedShared } from "../embedded/shared.ts"
import { logStore } from "../embedded/store.ts"
import { logTables } from "../embedded/store-tables.ts"
import { openViews } from "../embedded/views.ts"
import { type JobsOptions, openJobs } from "./jobs.ts"

let world: Awaited<ReturnType<typeof nodesOnOneLog>>
let clock: ManualClock
beforeEach(() => {
  clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  world = nodesOnOneLog()
})
afterEach(() => world.close())

/** Nodes as a cluster has them, each with its own views and its own time, on one log in one process. */
function nodesOnOneLog() {
  const folder = mkdtempSync(join(tmpdir(), "duck-nodes-"))
  const tables = logTables({ folder })
  const sequencer = embeddedSequencer({ tables })
  const store = logStore({ tables, clock })
  const nodes = localNodes({ clock })
  const shared = embeddedShared({ clock })
  const doorbell = embeddedDoorbell({ clock })
  const closers: (() => Promise<void>)[] = []
  return {
    doorbell,
    async start(id: string, kept?: JobsOptions["kept"]) {
      const node = await nodes.start(id, { sequencer, store })
      const views = openViews({ folder: join(folder, id), store, clock, logger: silentLogger })
      const jobs = await openJobs({
        ...{ sequencer, store, views, shared, doorbell, ...(kept ? { kept } : {}) },
        bus: nodes.bus,
        leases: node.leases,
        incarnation: node.incarnation,
        clock: node.clock,
      })
      closers.push(async () => {
        node.thaw()
        await jobs.close({ drainMs: 0 })
        await views.close()
      })
      return { ...node, jobs }
    },
    async close() {
      for (const close of closers) await close()
      doorbell.close()
      shared.close()
      await nodes.close()
      await sequencer.close()
      tables.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const job = { queue: "q", kind: "test", actor: "ada", backoff: { baseMs: 1, factor: 1, maxMs: 1 } }

test("nodes share the jobs of a queue, and no attempt runs on two", async () => {
  const ran = new Map<string, string[]>()
  const nodes = [await world.start("a"), await world.start("b")]
  for (const { jobs, incarnation } of nodes)
    jobs.work("q", { concurrency: 2 }, async ({ id, attempt }) => {
      ran.set(`${id} ${attempt}`, [...(ran.get(`${id} ${attempt}`) ?? []), incarnation.self.id])
      await new Promise((resolve) => setImmediate(resolve))
    })
  const ids = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const id = (await nodes[i % 2]?.jobs.enqueue(job)) ?? ""
      await world.doorbell.ring("q", 0, id)
      return id
    }),
  )
  for (const id of ids) await nodes[0]?.jobs.finished(id)
  expect(ran.size).toBe(40)
  expect([...ran.values()].every((on) => on.length === 1)).toBe(true)
  expect(new Set([...ran.values()].flat())).toEqual(new Set(["a", "b"]))
})

test("when a node stops, another gives its attempts up and runs the next; the first can't end what it lost", async () => {
  const a = await world.start("a")
  const id = await a.jobs.enqueue(job)
  const wake = Promise.withResolvers<void>()
  let signal: AbortSignal | undefined
  a.jobs.work("q", {}, async (_job, context) => {
    signal = context.signal
    await wake.promise
    return "from a"
  })
  await eventually(async () => expect((await a.jobs.show(id)).state).toBe("running"))

  const b = await world.start("b")
  b.jobs.work("q", {}, async () => "from b")
  a.freeze()
  await passTime(clock, 60_000)
  expect(await b.jobs.finished(id)).toMatchObject({ state: "succeeded", attempt: 2, result: "from b" })
  expect(signal?.reason).toMatchObject({ code: "ATTEMPT_LOST" })
  a.thaw()
  wake.resolve()
  await passTime(clock, 1_000)
  expect((await b.jobs.show(id)).history.filter(({ type }) => type === "job.succeeded")).toHaveLength(1)
})

test("a job is cancelled on whichever node it runs", async () => {
  const [a, b] = [await world.start("a"), await world.start("b")]
  a.jobs.work("q", {}, (_job, { signal }) => new Promise((_, fail) => signal.addEventListener("abort", fail)))
  const id = await b.jobs.enqueue(job)
  await eventually(async () => expect((await b.jobs.show(id)).state).toBe("running"))
  await b.jobs.cancel(id, "ada")
  expect(await b.jobs.finished(id)).toMatchObject({ state: "cancelled" })
})

test("of finished jobs the newest are kept, and none that waits is lost", async () => {
  const { jobs } = await world.start("a", { days: 30, newest: 3 })
  const waiting = await jobs.enqueue({ ...job, queue: "later" })
  jobs.work("q", {}, async () => {})
  const ids: string[] = []
  for (let i = 0; i < 8; i++) {
    clock.advance(1)
    const id = await jobs.enqueue(job)
    await jobs.finished(id)
    ids.unshift(id)
  }
  await passTime(clock, 10_000)
  await eventually(async () => {
    const left = (await jobs.list()).map(({ id }) => id)
    expect(left).toEqual([...ids.slice(0, 3), waiting])
  })
})

test("a schedule ticks once on all nodes together, and goes on when the one that did it stops", async () => {
  const [a, b] = [await world.start("a"), await world.start("b")]
  await a.jobs.schedules.set({
    name: "sync",
    cron: "*/5 * * * *",
    timezone: "UTC",
    queue: "q",
    kind: "sync",
    actor: "ada",
  })
  const pass = async (minutes: number) => {
    for (let i = 0; i < minutes * 6; i++) await passTime(clock, 10_000)
  }
  b.jobs.work("q", {}, async () => {})
  const done = (runs: number) =>
    eventually(async () => expect(await b.jobs.list({ state: "succeeded" })).toHaveLength(runs))
  await pass(4)
  await done(1)
  a.freeze()
  await pass(5)
  await done(2)
  await pass(5)
  await done(3)
  a.thaw()
  await pass(5)
  await done(4)
  expect(new Set((await b.jobs.list()).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4)
})
