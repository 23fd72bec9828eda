import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type Clock, manualClock } from "../../base/clock.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { type Fabric, openFabric } from "../embedded/fabric.ts"
import { type EnqueueOptions, specOf } from "./enqueue.ts"
import { jobStreams } from "./streams.ts"

let folder: string
let open: Fabric[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-jobs-"))
  open = []
})
afterEach(async () => {
  for (const fabric of open) await close(fabric)
  rmSync(folder, { recursive: true })
})

async function start(clock?: Clock): Promise<Fabric> {
  const fabric = await openFabric({ folder, ...(clock ? { clock } : {}) })
  open.push(fabric)
  return fabric
}

/** Ends at once what still runs. */
async function close(fabric: Fabric) {
  open = open.filter((each) => each !== fabric)
  await fabric.jobs.close({ drainMs: 0 })
  await fabric.close()
}

const job = (changes: Partial<EnqueueOptions> = {}): EnqueueOptions => ({
  queue: "q",
  kind: "test",
  actor: "ada",
  backoff: { baseMs: 0, factor: 1, maxMs: 0 },
  ...changes,
})

/** A handler's gate: it waits there until the test opens it, or its signal fires. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    open: resolve,
    passed: (signal: AbortSignal) =>
      new Promise<void>((pass, fail) => {
        promise.then(pass)
        signal.addEventListener("abort", () => fail(signal.reason), { once: true })
      }),
  }
}

const started = (fabric: Fabric, id: string) =>
  eventually(async () => expect((await fabric.jobs.show(id)).state).toBe("running"))

describe("jobs", () => {
  test("one that is enqueued runs, and what its handler answers is its result", async () => {
    const { jobs } = await start()
    jobs.work("q", {}, async ({ id, data, attempt, idempotencyKey }) => ({ id, data, attempt, idempotencyKey }))
    const id = await jobs.enqueue(job({ data: { file: "a.ts" } }))
    expect(await jobs.finished(id)).toMatchObject({
      state: "succeeded",
      result: { id, data: { file: "a.ts" }, attempt: 1, idempotencyKey: id },
    })
    const { history } = await jobs.show(id)
    expect(history.map(({ type, actor }) => `${type} by ${actor}`)).toEqual([
      "job.enqueued by ada",
      "job.attempt-started by system",
      "job.succeeded by system",
    ])
  })

  test("one that fails is tried again until it succeeds", async () => {
    const { jobs } = await start()
    jobs.work("q", {}, async ({ attempt }) => {
      if (attempt < 3) throw new Error(`attempt ${attempt} failed`)
      return "done"
    })
    const done = await jobs.finished(await jobs.enqueue(job()))
    expect(done).toMatchObject({ state: "succeeded", attempt: 3, result: "done" })
    expect(done.error).toBeUndefined()
  })

  test("one that always fails is dead after its last attempt, says why, and can be retried by hand", async () => {
    const { jobs } = await start()
    let broken = true
    jobs.work("q", {}, async () => {
      if (broken) throw new Error("the disk is on fire")
      return "well"
    })
    const id = await jobs.enqueue(job({ maxAttempts: 3 }))
    expect(await jobs.finished(id)).toMatchObject({ state: "dead", attempt: 3, error: { code: "INTERNAL" } })
    expect((await jobs.list({ state: "dead" }))[0]?.error?.message).toMatch(/the disk is on fire/)
    broken = false
    expect(await jobs.retry(id, "bob")).toMatchObject({ state: "queued" })
    expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", attempt: 4 })
    await expect(jobs.retry(id, "bob")).rejects.toMatchObject({ code: "JOB_NOT_RETRYABLE" })
  })

  test("retries wait as long as the backoff says", async () => {
    const clock = manualClock()
    const { jobs } = await start(clock)
    const at: number[] = []
    jobs.work("q", {}, async () => {
      at.push(clock.now())
      throw new Error("thrown by a test")
    })
    const id = await jobs.enqueue(job({ maxAttempts: 3, backoff: { baseMs: 10_000, factor: 3, maxMs: 60_000 } }))
    await eventually(async () => {
      clock.advance(100)
      expect((await jobs.show(id)).state).toBe("dead")
    })
    const waits = at.slice(1).map((each, i) => each - (at[i] ?? 0))
    expect(waits[0]).toBeGreaterThanOrEqual(5_000)
    expect(waits[1]).toBeGreaterThanOrEqual(15_000)
  })

  test("the urgent pass the others, however many wait", async () => {
    const { jobs } = await start()
    const order: number[] = []
    const first = gate()
    const ids = [await jobs.enqueue(job({ data: "first" }))]
    jobs.work("q", {}, async ({ data, priority }, { signal }) => {
      if (data === "first") await first.passed(signal)
      else order.push(priority)
    })
    await started({ jobs } as Fabric, ids[0] ?? "")
    ids.push(...(await Promise.all(Array.from({ length: 100 }, () => jobs.enqueue(job({ priority: 2 }))))))
    ids.push(...(await Promise.all(Array.from({ length: 50 }, () => jobs.enqueue(job({ priority: 1 }))))))
    ids.push(...(await Promise.all(Array.from({ length: 20 }, () => jobs.enqueue(job({ priority: 0 }))))))
    first.open()
    for (const id of ids) await jobs.finished(id)
    expect(order).toEqual([...order].sort())
    expect(order).toHaveLength(170)
  })

  test("no more run at once than the worker takes", async () => {
    const { jobs } = await start()
    let now = 0
    let most = 0
    jobs.work("q", { concurrency: 3 }, async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
    })
    const ids = await Promise.all(Array.from({ length: 40 }, () => jobs.enqueue(job())))
    for (const id of ids) await jobs.finished(id)
    expect(most).toBe(3)
  })

  test("doubled doorbells never run an attempt twice, whichever of several workers hear them", async () => {
    const fabric = await start()
    const { jobs, doorbell } = fabric
    const ran = new Map<string, number>()
    for (let i = 0; i < 3; i++)
      jobs.work("q", { concurrency: 4 }, async ({ id, attempt }) => {
        ran.set(`${id} ${attempt}`, (ran.get(`${id} ${attempt}`) ?? 0) + 1)
        await doorbell.ring("q", 0, id)
        await new Promise((resolve) => setImmediate(resolve))
      })
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const id = await jobs.enqueue(job())
        for (const priority of [0, 1, 2, 0] as const) await doorbell.ring("q", priority, id)
        return id
      }),
    )
    for (const id of ids) await jobs.finished(id)
    expect(ran.size).toBe(50)
    expect([...ran.values()].every((times) => times === 1)).toBe(true)
  })

  test("lost doorbells lose nothing: the sweeper rings again", async () => {
    const clock = manualClock()
    const fabric = await start(clock)
    fabric.jobs.work("q", {}, async () => "done")
    await passTime(clock, 1_000)
    const silent = jobStreams({ ...fabric, clock, random: Math.random, stored: () => {} })
    for (const id of ["lost1", "lost2"])
      await silent.apply(id, { type: "enqueue", spec: specOf(job(), clock.now()) }, "ada")
    expect((await fabric.jobs.show("lost1")).state).toBe("queued")
    await passTime(clock, 11_000)
    for (const id of ["lost1", "lost2"]) expect((await fabric.jobs.finished(id)).state).toBe("succeeded")
  })

  test("one for later waits for its time", async () => {
    const clock = manualClock()
    const { jobs } = await start(clock)
    let ranAtMs = 0
    jobs.work("q", {}, async () => {
      ranAtMs = clock.now()
    })
    const runAtMs = clock.now() + 90_000
    const id = await jobs.enqueue(job({ runAtMs }))
    expect((await jobs.list({ state: "scheduled" })).map((each) => each.id)).toEqual([id])
    expect(await jobs.list({ state: "queued" })).toEqual([])
    await passTime(clock, 89_000)
    expect((await jobs.show(id)).state).toBe("queued")
    await passTime(clock, 2_000)
    await jobs.finished(id)
    expect(ranAtMs).toBeGreaterThanOrEqual(runAtMs)
  })

  test("a handler that gives no sign of life loses its attempt, and its signal says so", async () => {
    const { jobs } = await start()
    let firstSignal: AbortSignal | undefined
    jobs.work("q", {}, async ({ attempt }, { signal, heartbeat }) => {
      if (attempt > 1) {
        heartbeat()
        return "alive"
      }
      firstSignal = signal
      return new Promise(() => {})
    })
    const id = await jobs.enqueue(job({ heartbeatTimeoutMs: 30 }))
    expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", attempt: 2, result: "alive" })
    expect(firstSignal?.reason).toMatchObject({ code: "ATTEMPT_LOST" })
    const lost = (await jobs.show(id)).history.find(({ type }) => type === "job.attempt-lost")
    expect(lost?.data).toMatchObject({ error: { code: "HEARTBEAT_MISSED" } })
  })

  test("a handler that gives signs of life keeps its attempt for as long as it takes", async () => {
    const clock = manualClock()
    const { jobs } = await start(clock)
    jobs.work("q", {}, async (_job, { heartbeat, progress, signal }) => {
      for (let i = 0; i < 20; i++) {
        await clock.sleep(900, signal)
        if (i % 2) heartbeat()
        else progress(i)
      }
      return "done"
    })
    const id = await jobs.enqueue(job({ heartbeatTimeoutMs: 1_000 }))
    await started({ jobs } as Fabric, id)
    await eventually(async () => {
      clock.advance(100)
      expect((await jobs.show(id)).state).toBe("succeeded")
    })
    expect((await jobs.show(id)).attempt).toBe(1)
  })

  test("progress is seen while it runs and kept at the end, without flooding the log", async () => {
    const { jobs, bus } = await start()
    const seen: unknown[] = []
    bus.on("job.*.progress", (data) => seen.push(JSON.parse(Buffer.from(data).toString()).progress))
    const end = gate()
    jobs.work("q", {}, async (_job, { progress, signal }) => {
      for (let i = 1; i <= 5_000; i++) progress({ done: i })
      await end.passed(signal)
    })
    const id = await jobs.enqueue(job())
    await eventually(async () => expect((await jobs.show(id)).progress).toEqual({ done: 5_000 }))
    expect(seen.at(-1)).toEqual({ done: 5_000 })
    expect(seen.length).toBeLessThan(5)
    end.open()
    expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", progress: { done: 5_000 } })
    expect((await jobs.show(id)).history.map(({ type }) => type)).toEqual([
      "job.enqueued",
      "job.attempt-started",
      "job.progressed",
      "job.succeeded",
    ])
  })

  test("a result that JSON can't carry is a failure that says so; none at all is null", async () => {
    const { jobs } = await start()
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const results: Record<string, unknown> = { circular, huge: "x".repeat(2_000_000), nothing: undefined }
    jobs.work("q", {}, async ({ kind }) => results[kind])
    const run = async (kind: string) => jobs.finished(await jobs.enqueue(job({ kind, maxAttempts: 1 })))
    expect(await run("circular")).toMatchObject({
      state: "dead",
      error: { message: expect.stringMatching(/circular/) },
    })
    expect(await run("huge")).toMatchObject({ state: "dead", error: { code: "COMMIT_TOO_LARGE" } })
    expect(await run("nothing")).toMatchObject({ state: "succeeded", result: null })
  })

  test("what is not a job is refused with the field that is wrong", async () => {
    const { jobs } = await start()
    await expect(jobs.enqueue(job({ queue: "a b" }))).rejects.toMatchObject({ code: "INVALID_INPUT" })
    await expect(jobs.enqueue(job({ maxAttempts: 0 }))).rejects.toThrow(/maxAttempts/)
    await expect(jobs.enqueue(job({ dedupeKey: "a", idempotencyKey: "b" }))).rejects.toThrow(/not both/)
    for (const ask of [jobs.show("x"), jobs.cancel("x", "ada"), jobs.retry("x", "ada"), jobs.finished("x")])
      await expect(ask).rejects.toMatchObject({ code: "JOB_NOT_FOUND", status: 404 })
  })
})

describe("cancelling", () => {
  test("a job that waits ends at once and never starts", async () => {
    const { jobs, doorbell } = await start()
    const id = await jobs.enqueue(job())
    expect(await jobs.cancel(id, "ada")).toMatchObject({ state: "cancelled", cancelRequestedBy: "ada" })
    let ran = false
    jobs.work("q", {}, async () => {
      ran = true
    })
    await doorbell.ring("q", 0, id)
    const other = await jobs.enqueue(job({ priority: 2 }))
    await eventually(async () => expect((await jobs.show(other)).state).toBe("succeeded"))
    expect((await jobs.show(id)).attempt).toBe(0)
    expect(ran).toBe(true)
  })

  test("a job that runs has its signal fired and ends as cancelled", async () => {
    const { jobs } = await start()
    jobs.work("q", {}, (_job, { signal }) => gate().passed(signal))
    const id = await jobs.enqueue(job())
    await started({ jobs } as Fabric, id)
    await jobs.cancel(id, "ada")
    expect(await jobs.finished(id)).toMatchObject({ state: "cancelled" })
    expect(await jobs.cancel(id, "ada")).toMatchObject({ state: "cancelled" })
  })

  test("a job that had just done its work has succeeded", async () => {
    const { jobs } = await start()
    jobs.work(
      "q",
      {},
      (_job, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("done anyway"))),
    )
    const id = await jobs.enqueue(job())
    await started({ jobs } as Fabric, id)
    await jobs.cancel(id, "ada")
    expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", result: "done anyway" })
    await expect(jobs.cancel(id, "ada")).rejects.toMatchObject({ code: "JOB_FINISHED" })
  })

  test("a handler that does not listen is left behind after a while", async () => {
    const clock = manualClock()
    const { jobs } = await start(clock)
    jobs.work("q", {}, () => new Promise(() => {}))
    const id = await jobs.enqueue(job())
    await started({ jobs } as Fabric, id)
    await jobs.cancel(id, "ada")
    await eventually(async () => {
      clock.advance(500)
      expect((await jobs.show(id)).state).toBe("cancelled")
    })
  })
})

describe("keys", () => {
  test("a dedupe key has one unfinished job, however many ask at once; then the next", async () => {
    const { jobs } = await start()
    const end = gate()
    jobs.work("q", {}, (_job, { signal }) => end.passed(signal))
    const ask = () => jobs.enqueue(job({ dedupeKey: "index /work" }))
    const first = new Set(await Promise.all(Array.from({ length: 20 }, ask)))
    expect(first.size).toBe(1)
    const [id = ""] = first
    await started({ jobs } as Fabric, id)
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
    for (const id of [slow, quick]) await started(first, id)
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

describe("schedules", () => {
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
    for (let i = 0; i < 10; i++) await passTime(clock, 60_000)
    await eventually(async () => expect(await ticks(fabric)).toEqual(["10:10", "10:05"]))
    const [last] = await fabric.jobs.list()
    expect(await fabric.jobs.finished(last?.id ?? "")).toMatchObject({ result: { repo: 1 }, schedule: "sync" })
  })

  test("ticks that were missed while nothing ran become one; none is doubled by starting again", async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1, 10, 2))
    const first = await start(clock)
    await first.jobs.schedules.set(every5)
    for (let i = 0; i < 4; i++) await passTime(clock, 60_000)
    await eventually(async () => expect(await ticks(first)).toEqual(["10:05"]))
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
    await eventually(async () =>
      expect((await fabric.jobs.schedules.list())[0]?.last).toEqual({ tickMs: tick, job: id }),
    )
    expect(await ticks(fabric)).toEqual(["10:05"])
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
})
