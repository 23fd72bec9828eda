import { describe, expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { gate, job, jobsFolder, running } from "./fixtures/jobs-folder.ts"

const { start, close } = jobsFolder()

describe("keys", () => {
  test("a dedupe key has one unfinished job, however many ask at once; then the next", async () => {
    const { jobs } = await start()
    const end = gate()
    jobs.work("q", {}, (_job, { signal }) => end.passed(signal))
    const ask = () => jobs.enqueue(job({ dedupeKey: "index main" }))
    const first = new Set(await Promise.all(Array.from({ length: 20 }, ask)))
    expect(first.size).toBe(1)
    const [id = ""] = first
    await running(jobs, id)
    expect(await ask()).toBe(id)
    end.open()
    await jobs.finished(id)
    const second = new Set(await Promise.all(Array.from({ length: 20 }, ask)))
    expect(second.size).toBe(1)
    expect(second.has(id)).toBe(false)
    expect(await jobs.enqueue(job({ dedupeKey: "another" }))).not.toBe([...second][0])
  })

  test("a dead job gives its key to the next and can then not be retried beside it", async () => {
    const { jobs } = await start()
    const stop = jobs.work("q", {}, async () => {
      throw new Error("thrown by a test")
    })
    const ask = () => jobs.enqueue(job({ dedupeKey: "k", maxAttempts: 1 }))
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      const id = await ask()
      ids.push(id)
      expect((await jobs.finished(id)).state).toBe("dead")
    }
    expect(new Set(ids).size).toBe(5)
    await expect(jobs.retry(ids[0] ?? "", "ada")).rejects.toMatchObject({ code: "JOB_REPLACED" })
    await stop()
    expect(await jobs.retry(ids[4] ?? "", "ada")).toMatchObject({ state: "queued" })
    expect(await ask()).toBe(ids[4])
  })

  test("retrying a dead job and enqueuing its key at once never makes two", async () => {
    const { jobs } = await start()
    for (let round = 0; round < 20; round++) {
      const ask = () => jobs.enqueue(job({ dedupeKey: `k${round}` }))
      const id = await ask()
      await jobs.cancel(id, "ada")
      await Promise.allSettled([ask(), jobs.retry(id, "ada"), ask()])
      const living = await jobs.list({ state: "queued" })
      expect(living.filter(({ dedupeKey }) => dedupeKey === `k${round}`)).toHaveLength(1)
    }
  })

  test("an idempotency key is one job for ever, and reaches every attempt", async () => {
    const { jobs } = await start()
    const keys: string[] = []
    jobs.work("q", {}, async ({ idempotencyKey, attempt }) => {
      keys.push(idempotencyKey)
      if (attempt === 1) throw new Error("thrown by a test")
    })
    const ask = () => jobs.enqueue(job({ idempotencyKey: "mail 42" }))
    const ids = await Promise.all([ask(), ask(), ask()])
    await jobs.finished(ids[0] ?? "")
    expect(new Set([...ids, await ask()]).size).toBe(1)
    expect(keys).toEqual(["mail 42", "mail 42"])
  })
})

describe("stopping and starting again", () => {
  test("what runs is waited for; what takes longer is handed back and runs at the next start, at no cost", async () => {
    const first = await start()
    const slow = await first.jobs.enqueue(job({ kind: "slow", maxAttempts: 1 }))
    const quick = await first.jobs.enqueue(job({ kind: "quick" }))
    const end = gate()
    first.jobs.work("q", { concurrency: 2 }, async ({ kind }, { signal }) => {
      if (kind === "slow") await gate().passed(signal)
      else await end.passed(signal)
      return "first start"
    })
    for (const id of [slow, quick]) await running(first.jobs, id)
    const stopping = first.jobs.close({ drainMs: 200 })
    const late = await first.jobs.enqueue(job())
    end.open()
    await stopping
    expect(await first.jobs.finished(quick)).toMatchObject({ state: "succeeded", result: "first start" })
    expect(await first.jobs.show(slow)).toMatchObject({ state: "queued", spent: 0, attempt: 1 })
    await close(first)

    const second = await start()
    second.jobs.work("q", { concurrency: 2 }, async () => "second start")
    for (const id of [slow, late])
      expect(await second.jobs.finished(id)).toMatchObject({ state: "succeeded", result: "second start" })
  })

  test("a worker can stop alone, and another goes on", async () => {
    const { jobs } = await start()
    const stop = jobs.work("q", {}, async () => "one")
    expect((await jobs.finished(await jobs.enqueue(job()))).result).toBe("one")
    await stop()
    const id = await jobs.enqueue(job())
    jobs.work("q", {}, async () => "two")
    expect((await jobs.finished(id)).result).toBe("two")
  })

  test("the view says the same after it was rebuilt from the log", async () => {
    const { jobs, views } = await start()
    jobs.work("q", {}, async ({ kind }, { progress }) => {
      progress({ at: kind })
      if (kind === "bad") throw new Error("thrown by a test")
    })
    const ids: string[] = []
    for (const kind of ["good", "bad"])
      for (let i = 0; i < 5; i++) ids.push(await jobs.enqueue(job({ kind, maxAttempts: 2 })))
    for (const id of ids) await jobs.finished(id)
    await jobs.cancel(await jobs.enqueue(job({ runAtMs: Date.now() + 1e6 })), "ada")
    await jobs.schedules.set({ name: "nightly", cron: "0 3 * * *", queue: "q", kind: "good", actor: "ada" })
    const before = [await jobs.list(), (await jobs.schedules.list()).map(({ nextMs: _, ...rest }) => rest)]
    await views.rebuild("jobs")
    expect([await jobs.list(), (await jobs.schedules.list()).map(({ nextMs: _, ...rest }) => rest)]).toEqual(before)
  })
})

test("a job that ended a month ago leaves the list for good; its history stays", async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1))
  const { jobs, views } = await start(clock)
  const [old, waiting] = [await jobs.enqueue(job()), await jobs.enqueue(job({ queue: "later" }))]
  await jobs.cancel(old, "ada")
  clock.advance(29 * 86_400_000)
  const young = await jobs.enqueue(job())
  await jobs.cancel(young, "ada")
  await passTime(clock, 20_000)
  expect((await jobs.list()).map(({ id }) => id)).toEqual([young, waiting, old])
  clock.advance(86_400_000)
  await passTime(clock, 20_000)
  await eventually(async () => expect((await jobs.list()).map(({ id }) => id)).toEqual([young, waiting]))
  await views.rebuild("jobs")
  expect((await jobs.list()).map(({ id }) => id)).toEqual([young, waiting])
  expect((await jobs.show(old)).history.map(({ type }) => type).at(-1)).toBe("job.retired")
  await expect(jobs.retry(old, "ada")).rejects.toMatchObject({ code: "JOB_RETIRED", status: 409 })
})

test("the list is filtered, newest first, and turned by pages", async () => {
  const { jobs } = await start()
  const ids: string[] = []
  for (let i = 0; i < 10; i++)
    ids.push(await jobs.enqueue(job({ queue: i % 2 ? "odd" : "even", kind: i < 5 ? "low" : "high", data: "private" })))
  const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => ids.indexOf(id))
  expect(idsOf(await jobs.list())).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  expect(idsOf(await jobs.list({ queue: "odd", kind: "high" }))).toEqual([9, 7, 5])
  expect(idsOf(await jobs.list({ limit: 3 }))).toEqual([9, 8, 7])
  expect(idsOf(await jobs.list({ limit: 3, before: ids[7] }))).toEqual([6, 5, 4])
  await jobs.cancel(ids[3] ?? "", "ada")
  expect(idsOf(await jobs.list({ state: "cancelled" }))).toEqual([3])
  expect(await jobs.list({ state: "running" })).toEqual([])
  expect((await jobs.list())[0]).not.toHaveProperty("data")
})
