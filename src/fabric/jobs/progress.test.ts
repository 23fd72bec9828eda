import { setImmediate } from "node:timers/promises"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { progressReporter } from "./progress.ts"

function watched() {
  const clock = manualClock()
  const published: unknown[] = []
  const recorded: unknown[] = []
  const reporter = progressReporter({
    clock,
    publish: (value) => published.push(value),
    record: async (value) => recorded.push(value),
  })
  return { clock, published, recorded, reporter }
}

test("a flood of reports becomes four a second for watchers and one in ten seconds for the log", async () => {
  const { clock, published, recorded, reporter } = watched()
  for (let i = 0; i < 600; i++) {
    for (let j = 0; j < 10; j++) reporter.report(i)
    await passTime(clock, 50, 50)
  }
  expect(published[0]).toBe(0)
  expect(published.length).toBeGreaterThan(100)
  expect(published.length).toBeLessThanOrEqual(121)
  expect(recorded.length).toBeGreaterThanOrEqual(2)
  expect(recorded.length).toBeLessThanOrEqual(3)
  reporter.close()
})

test("the latest value is never lost to watchers, and is kept for the end of the attempt", async () => {
  const { clock, published, recorded, reporter } = watched()
  reporter.report(1)
  reporter.report(2)
  reporter.report(3)
  await passTime(clock, 1_000, 50)
  expect(published.at(-1)).toBe(3)
  expect(recorded).toEqual([])
  expect(reporter.unrecorded()).toBe(3)
  await passTime(clock, 10_000)
  expect(recorded).toEqual([3])
  expect(reporter.unrecorded()).toBeUndefined()
  reporter.close()
})

test("a log that refuses for a while costs nothing but that while", async () => {
  const clock = manualClock()
  const recorded: unknown[] = []
  let refuses = true
  const reporter = progressReporter({
    clock,
    publish: () => {},
    record: async (value) => {
      if (refuses) throw new Error("thrown by a test")
      recorded.push(value)
    },
  })
  reporter.report("first")
  await passTime(clock, 10_000)
  expect(reporter.unrecorded()).toBe("first")
  refuses = false
  reporter.report("second")
  await passTime(clock, 10_000)
  expect(recorded).toEqual(["second"])
  reporter.close()
  reporter.report("after the end")
  await setImmediate()
  expect(recorded).toEqual(["second"])
})
