import { describe, expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { specOf } from "./enqueue.ts"
import { gate, job, jobsFolder, running } from "./fixtures/jobs-folder.ts"
import { jobStreams } from "./streams.ts"

const { start } = jobsFolder()

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
    await running(jobs, ids[0] ?? "")
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
    await running(jobs, id)
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
    await running(jobs, id)
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
    await running(jobs, id)
    await jobs.cancel(id, "ada")
    expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", result: "done anyway" })
    await expect(jobs.cancel(id, "ada")).rejects.toMatchObject({ code: "JOB_FINISHED" })
  })

  test("a handler that does not listen is left behind after a while", async () => {
    const clock = manualClock()
    const { jobs } = await start(clock)
    jobs.work("q", {}, () => new Promise(() => {}))
    const id = await jobs.enqueue(job())
    await running(jobs, id)
    await jobs.cancel(id, "ada")
    await eventually(async () => {
      clock.advance(500)
      expect((await jobs.show(id)).state).toBe("cancelled")
    })
  })
})
