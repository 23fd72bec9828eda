import { expect, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import { activity } from "./activity.ts"
import { collectGarbage, trimWhenQuiet } from "./quiet.ts"

test("memory is given back when nobody has asked for a while: twice after each use, and no more", async () => {
  const clock = manualClock()
  const use = activity({ clock })
  const controller = new AbortController()
  let trims = 0
  const watching = trimWhenQuiet({ activity: use, clock, signal: controller.signal, trim: () => (trims += 1) })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500)
      // The loop goes to sleep again after each look.
      while (clock.sleepers() === 0) await Promise.resolve()
    }
  }
  await pass(4_000)
  expect(trims).toBe(0)
  await pass(60_000)
  expect(trims).toBe(2)
  const leave = use.connect()
  await pass(60_000)
  expect(trims).toBe(2)
  leave()
  await pass(60_000)
  expect(trims).toBe(4)
  controller.abort()
  await watching
})

test("collecting garbage is there to be called in this Node", async () => {
  const clock = manualClock()
  const controller = new AbortController()
  const watching = trimWhenQuiet({
    activity: activity({ clock }),
    clock,
    signal: controller.signal,
    trim: collectGarbage,
  })
  for (let passed = 0; passed < 20_000; passed += 500) {
    clock.advance(500)
    while (clock.sleepers() === 0) await Promise.resolve()
  }
  controller.abort()
  await watching
  expect(typeof (globalThis as { gc?: unknown }).gc).toBe("undefined")
})
