import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../base/random.ts"
import { type JobEvent, type JobSpec, readJobEvent, writeJobEvent } from "./events.ts"
import { backoffMs, decide, evolve, isFinished, type Job, type JobCommand } from "./job.ts"

const spec = (changes: Partial<JobSpec> = {}): JobSpec => ({
  queue: "q",
  kind: "test",
  data: null,
  priority: 1,
  runAtMs: 0,
  maxAttempts: 3,
  backoff: { baseMs: 1_000, factor: 2, maxMs: 60_000 },
  actor: "ada",
  enqueuedAtMs: 0,
  ...changes,
})

/** Runs commands one after the other as the log would, with the events through their stored form. */
function history(commands: readonly (JobCommand & { atMs?: number })[], from?: Job) {
  const events: JobEvent[] = []
  let job = from
  for (const command of commands) {
    const decided = decide(command, job, { nowMs: command.atMs ?? 0, random: () => 0 })
    for (const event of decided) {
      const stored = readJobEvent(JSON.parse(JSON.stringify(writeJobEvent(event))))
      if (!stored) throw new Error(`${event.type} does not survive being stored`)
      events.push(stored)
      job = evolve(job, stored)
    }
  }
  return { job, types: events.map((event) => event.type) }
}

const enqueue = (changes?: Partial<JobSpec>): JobCommand => ({ type: "enqueue", spec: spec(changes) })
const start: JobCommand = { type: "start", node: "n", incarnation: "i" }
const error = { code: "BROKEN", message: "It broke." }

describe("a job", () => {
  test("runs and succeeds", () => {
    const { job, types } = history([enqueue(), start, { type: "succeed", attempt: 1, result: { n: 1 } }])
    expect(types).toEqual(["job.enqueued", "job.attempt-started", "job.succeeded"])
    expect(job).toMatchObject({ state: "succeeded", attempt: 1, result: { n: 1 } })
    expect(job?.worker).toBeUndefined()
  })

  test("does not start before its time, nor twice", () => {
    expect(history([enqueue({ runAtMs: 5 }), { ...start, atMs: 4 }]).job?.state).toBe("queued")
    expect(history([enqueue({ runAtMs: 5 }), { ...start, atMs: 5 }, { ...start, atMs: 6 }]).job?.attempt).toBe(1)
  })

  test("that fails is tried again, a little later each time, and is dead in the end", () => {
    const { job, types } = history([
      enqueue(),
      start,
      { type: "fail", attempt: 1, error },
      { ...start, atMs: 10_000 },
      { type: "lose", attempt: 2, error, atMs: 10_000 },
      { ...start, atMs: 20_000 },
      { type: "fail", attempt: 3, error, atMs: 20_000 },
      { ...start, atMs: 90_000 },
    ])
    expect(types.slice(1)).toEqual([
      "job.attempt-started",
      "job.failed",
      "job.retry-scheduled",
      "job.attempt-started",
      "job.attempt-lost",
      "job.retry-scheduled",
      "job.attempt-started",
      "job.failed",
      "job.dead",
    ])
    expect(job).toMatchObject({ state: "dead", error, attempt: 3, spent: 3 })
  })

  test("that was handed back in order has lost no attempt", () => {
    const { job } = history([
      enqueue({ maxAttempts: 1 }),
      start,
      { type: "hand-back", attempt: 1 },
      start,
      { type: "succeed", attempt: 2, result: null },
    ])
    expect(job).toMatchObject({ state: "succeeded", attempt: 2, spent: 1 })
  })

  test("cancelled in the queue never starts; cancelled while it runs ends when its attempt does", () => {
    expect(history([enqueue(), { type: "cancel", by: "ada" }, start]).types).toEqual([
      "job.enqueued",
      "job.cancel-requested",
      "job.cancelled",
    ])
    const running = history([enqueue(), start, { type: "cancel", by: "ada" }, { type: "cancel", by: "bob" }])
    expect(running.job).toMatchObject({ state: "running", cancelRequestedBy: "ada" })
    for (const end of [
      { type: "end-cancelled", attempt: 1 },
      { type: "fail", attempt: 1, error },
      { type: "lose", attempt: 1, error },
      { type: "hand-back", attempt: 1 },
    ] as const)
      expect(history([end], running.job).job?.state).toBe("cancelled")
    expect(history([{ type: "succeed", attempt: 1, result: 1 }], running.job).job?.state).toBe("succeeded")
  })

  test("that is dead or cancelled can be retried by hand, with all its attempts anew", () => {
    const dead = history([enqueue({ maxAttempts: 1 }), start, { type: "fail", attempt: 1, error }])
    expect(dead.job?.state).toBe("dead")
    const again = history([{ type: "retry", by: "ada", atMs: 7 }], dead.job)
    expect(again.job).toMatchObject({ state: "queued", spent: 0, attempt: 1, runAtMs: 7 })
    expect(history([{ ...start, atMs: 7 }], again.job).job?.attempt).toBe(2)
    const cancelled = history([enqueue(), { type: "cancel", by: "ada" }, { type: "retry", by: "ada" }])
    expect(cancelled.job).toMatchObject({ state: "queued" })
    expect(cancelled.job?.cancelRequestedBy).toBeUndefined()
  })

  test("refuses what a person can't ask of it", () => {
    const done = history([enqueue(), start, { type: "succeed", attempt: 1, result: null }]).job
    expect(() => history([{ type: "cancel", by: "ada" }], done)).toThrow(/already ended/)
    expect(() => history([{ type: "retry", by: "ada" }], done)).toThrow(/only dead and cancelled/)
    expect(() => history([{ type: "retry", by: "ada" }])).toThrow(/no such job/)
    const replaced = history([enqueue(), { type: "cancel", by: "a" }, { type: "pass-key-on", to: "next" }]).job
    expect(() => history([{ type: "retry", by: "ada" }], replaced)).toThrow(/next was enqueued in its place/)
  })

  test("keeps its last progress at its end, and none of an earlier attempt", () => {
    const failed = history([enqueue(), start, { type: "fail", attempt: 1, error, progress: { done: 3 } }])
    expect(failed.job?.progress).toEqual({ done: 3 })
    expect(history([{ ...start, atMs: 10_000 }], failed.job).job?.progress).toBeUndefined()
  })

  test("whatever happens in whatever order: attempts are numbered 1, 2, 3 ..., each ends at most once, a finished job only begins anew by hand", () => {
    const attempt = fc.integer({ min: 1, max: 6 })
    const command: fc.Arbitrary<JobCommand> = fc.oneof(
      fc.constant(enqueue()),
      fc.constant(start),
      attempt.map((n): JobCommand => ({ type: "progress", attempt: n, progress: n })),
      attempt.map((n): JobCommand => ({ type: "succeed", attempt: n, result: n })),
      attempt.map((n): JobCommand => ({ type: "fail", attempt: n, error })),
      attempt.map((n): JobCommand => ({ type: "lose", attempt: n, error })),
      attempt.map((n): JobCommand => ({ type: "hand-back", attempt: n })),
      attempt.map((n): JobCommand => ({ type: "end-cancelled", attempt: n })),
      fc.constant<JobCommand>({ type: "cancel", by: "ada" }),
      fc.constant<JobCommand>({ type: "retry", by: "ada" }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), fc.integer(), (commands, seed) => {
        const random = seededRandom(seed)
        let job = evolve(undefined, { type: "job.enqueued", data: spec() })
        let nowMs = 0
        let started = 0
        let counted = 0
        let open = false
        for (const each of commands) {
          nowMs += 40_000
          let events: JobEvent[] = []
          try {
            events = decide(each, job, { nowMs, random })
          } catch (refused) {
            expect(refused).toHaveProperty("code")
          }
          const wasFinished = job !== undefined && isFinished(job)
          if (wasFinished && events.length > 0) expect(events[0]?.type).toBe("job.retried")
          for (const event of events) {
            job = evolve(job, event)
            if (event.type === "job.attempt-started") {
              expect(event.data.attempt).toBe(++started)
              expect(open).toBe(false)
              open = true
              counted += 1
            }
            const ends = ["job.succeeded", "job.failed", "job.attempt-lost", "job.handed-back"]
            if (ends.includes(event.type)) {
              expect(open).toBe(true)
              open = false
            }
            if (event.type === "job.cancelled") open = false
            if (event.type === "job.handed-back") counted -= 1
            if (event.type === "job.retried") counted = 0
          }
          expect(counted).toBeLessThanOrEqual(3)
          expect(job?.state === "running").toBe(open)
          expect(job?.worker !== undefined).toBe(open)
          if (job && isFinished(job)) expect(job.finishedAtMs).toBeTypeOf("number")
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

test("the wait grows by the factor up to the limit, and chance moves only its second half", () => {
  const backoff = { baseMs: 1_000, factor: 2, maxMs: 10_000 }
  expect([1, 2, 3, 4, 5, 50].map((n) => backoffMs(backoff, n, () => 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ])
  expect(backoffMs(backoff, 3, () => 0)).toBe(2_000)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (spent, chance) => {
      const waitMs = backoffMs(backoff, spent, () => chance)
      expect(waitMs).toBeGreaterThanOrEqual(500)
      expect(waitMs).toBeLessThanOrEqual(10_000)
    }),
  )
})

test("an event that this version does not know is left aside", () => {
  expect(readJobEvent({ type: "job.exploded", v: 1, data: {} })).toBeUndefined()
  expect(readJobEvent({ type: "job.dead", v: 9, data: {} })).toBeUndefined()
  expect(readJobEvent({ type: "toString", v: 1, data: {} })).toBeUndefined()
})
