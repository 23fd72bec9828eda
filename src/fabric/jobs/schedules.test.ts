import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import type { Fabric } from "../embedded/fabric.ts"
import { gate, job, jobsFolder } from "./fixtures/jobs-folder.ts"

const { start, close } = jobsFolder()

const every5 = { name: "sync", cron: "*/5 * * * *", timezone: "UTC", queue: "q", kind: "sync", actor: "ada" } as const
const ticks = async ({ jobs }: Fabric) =>
  (await jobs.list({ kind: "sync" })).map(({ idempotencyKey = "" }) =>
    new Date(Number(idempotencyKey.split(" ").at(-1))).toISOString().slice(11, 16),
  )

test("a schedule enqueues at its times, with what it was given", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const fabric = await start(clock)
  fabric.jobs.work("q", {}, async ({ data }) => data)
  await fabric.jobs.schedules.set({ ...every5, data: { repo: 1 } })
  expect((await fabric.jobs.schedules.list())[0]?.nextMs).toBe(Date.UTC(2026, 0, 1, 10, 5))
  await passTime(clock, 2 * 60_000)
  expect(await ticks(fabric)).toEqual([])
  for (let i = 0; i < 3; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await fabric.jobs.list({ state: "succeeded" })).toHaveLength(1))
  for (let i = 0; i < 5; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await ticks(fabric)).toEqual(["10:10", "10:05"]))
  const [last] = await fabric.jobs.list()
  expect(await fabric.jobs.finished(last?.id ?? "")).toMatchObject({ result: { repo: 1 }, schedule: "sync" })
})

test("ticks that were missed while nothing ran become one; none is doubled by starting again", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const first = await start(clock)
  first.jobs.work("q", {}, async () => {})
  await first.jobs.schedules.set(every5)
  for (let i = 0; i < 4; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await first.jobs.list({ state: "succeeded" })).toHaveLength(1))
  expect(await ticks(first)).toEqual(["10:05"])
  await close(first)

  const again = await start(clock)
  await again.jobs.schedules.set(every5)
  await passTime(clock, 20_000)
  expect(await ticks(again)).toEqual(["10:05"])
  await close(again)

  clock.advance(60 * 60_000)
  const later = await start(clock)
  await eventually(async () => expect(await ticks(later)).toEqual(["11:05", "10:05"]))
  await passTime(clock, 20_000)
  expect(await ticks(later)).toEqual(["11:05", "10:05"])
})

test("a tick whose job was stored but not noted, as after a crash, is not enqueued again", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const fabric = await start(clock)
  await fabric.jobs.schedules.set(every5)
  const tick = Date.UTC(2026, 0, 1, 10, 5)
  const id = await fabric.jobs.enqueue(job({ kind: "sync", idempotencyKey: `schedule sync ${tick}` }))
  for (let i = 0; i < 4; i++) await passTime(clock, 60_000)
  await eventually(async () => expect((await fabric.jobs.schedules.list())[0]?.last).toEqual({ tickMs: tick, job: id }))
  expect(await ticks(fabric)).toEqual(["10:05"])
})

test("a run that is due while the one before is not finished is left out, and said to be", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const { jobs } = await start(clock)
  const end = gate()
  jobs.work("q", { concurrency: 2 }, (_job, { signal }) => end.passed(signal))
  await jobs.schedules.set(every5)
  for (let i = 0; i < 4; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await jobs.list({ state: "running" })).toHaveLength(1))
  for (let i = 0; i < 5; i++) await passTime(clock, 60_000)
  const [{ id = "" } = {}] = await jobs.list()
  await eventually(async () =>
    expect((await jobs.schedules.list())[0]?.skipped).toEqual({ tickMs: Date.UTC(2026, 0, 1, 10, 10), job: id }),
  )
  end.open()
  await jobs.finished(id)
  await passTime(clock, 20_000)
  expect(await jobs.list()).toHaveLength(1)
  for (let i = 0; i < 5; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await jobs.list()).toHaveLength(2))
})

test("with overlap queue, a run that is due waits for the one before, one however many were due", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const fabric = await start(clock)
  const { jobs } = fabric
  const end = gate()
  jobs.work("q", { concurrency: 2 }, (_job, { signal }) => end.passed(signal))
  await jobs.schedules.set({ ...every5, overlap: "queue" })
  for (let i = 0; i < 4; i++) await passTime(clock, 60_000)
  await eventually(async () => expect(await jobs.list({ state: "running" })).toHaveLength(1))
  for (let i = 0; i < 12; i++) await passTime(clock, 60_000)
  expect(await ticks(fabric)).toEqual(["10:05"])
  end.open()
  await jobs.finished((await jobs.list())[0]?.id ?? "")
  // It is enqueued when that ends, not with the next sweep, for which time would have to pass.
  await eventually(async () => {
    clock.advance(1)
    expect(await ticks(fabric)).toEqual(["10:15", "10:05"])
  })
  expect(clock.now()).toBeLessThan(Date.UTC(2026, 0, 1, 10, 20))
  await expect(jobs.schedules.set({ ...every5, overlap: "both" as "skip" })).rejects.toMatchObject({ status: 400 })
})

test("a removed schedule ticks no more; setting the same again changes nothing", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
  const { jobs, sequencer } = await start(clock)
  await jobs.schedules.set(every5)
  const end = await sequencer.end("core")
  await jobs.schedules.set(every5)
  expect(await sequencer.end("core")).toBe(end)
  await jobs.schedules.remove("sync", "ada")
  expect(await jobs.schedules.list()).toEqual([])
  for (let i = 0; i < 10; i++) await passTime(clock, 60_000)
  expect(await jobs.list()).toEqual([])
  await expect(jobs.schedules.remove("sync", "ada")).rejects.toMatchObject({ code: "SCHEDULE_NOT_FOUND" })
})

test.each(["", "61 * * * *", "hello", "0 0 30 2 *"])("refuses %j, which is no schedule", async (cron) => {
  const { jobs } = await start()
  await expect(jobs.schedules.set({ ...every5, cron })).rejects.toMatchObject({ code: "CRON_INVALID", status: 400 })
})

test("refuses a time zone that is none", async () => {
  const { jobs } = await start()
  const set = jobs.schedules.set({ ...every5, timezone: "Mars/Olympus" })
  await expect(set).rejects.toMatchObject({ code: "CRON_INVALID" })
})
