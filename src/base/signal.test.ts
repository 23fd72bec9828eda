import { expect, test } from "vitest"
import { manualClock } from "./clock.ts"
import { abortable, anySignal, throwIfAborted, withTimeout } from "./signal.ts"

const never = () => new Promise<never>(() => {})

test("work that takes too long ends with a TimeoutError that names it, though it ignores its signal", async () => {
  await expect(withTimeout("Indexing", 1, undefined, never)).rejects.toMatchObject({
    code: "TIMEOUT",
    message: "Indexing did not finish within 1 ms.",
  })
})

test("the outer signal's reason wins over the time limit", async () => {
  const outer = new AbortController()
  const work = withTimeout("Indexing", 1_000_000, outer.signal, never)
  outer.abort(new Error("the server stops"))
  await expect(work).rejects.toThrow("the server stops")
})

test("an abort without a reason is a CANCELLED error", async () => {
  const controller = new AbortController()
  const work = abortable(controller.signal, never)
  controller.abort()
  await expect(work).rejects.toMatchObject({ code: "CANCELLED" })
  expect(() => throwIfAborted(controller.signal)).toThrow("Cancelled.")
})

test("finished work keeps its result", async () => {
  expect(await withTimeout("Adding", 10_000, anySignal(undefined), async () => 2 + 2)).toBe(4)
})

test("a manual clock wakes sleepers in the order they are due, and cancelled ones never", async () => {
  const clock = manualClock(0)
  const woken: string[] = []
  const controller = new AbortController()
  const late = clock.sleep(20).then(() => woken.push("late"))
  const early = clock.sleep(10).then(() => woken.push("early"))
  const cancelled = clock.sleep(15, controller.signal)
  controller.abort()
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" })
  expect(clock.sleepers()).toBe(2)
  clock.advance(25)
  await Promise.all([late, early])
  expect(woken).toEqual(["early", "late"])
  expect(clock.now()).toBe(25)
})
