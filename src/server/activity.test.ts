import { expect, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import { activity } from "./activity.ts"

const never = new AbortController().signal

test("model calls and those who follow take no place from commands, and are waited for and cancelled like them", async () => {
  const use = activity({ clock: manualClock() })
  const forEver = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }))
  const ends: Promise<unknown>[] = []
  for (let n = 0; n < 1000; n++) ends.push(use.call(never, forEver, "model").catch(({ code }) => code))
  for (let n = 0; n < 1000; n++) ends.push(use.call(never, forEver, "follows").catch(({ code }) => code))
  for (let n = 0; n < 256; n++) ends.push(use.call(never, forEver).catch(({ code }) => code))
  await expect(use.call(never, forEver)).rejects.toMatchObject({ code: "TOO_BUSY" })
  expect(use.runningCalls()).toBe(2256)
  use.cancelAll()
  expect(new Set(await Promise.all(ends))).toEqual(new Set(["SERVER_STOPPING"]))
  expect(await use.call(never, async () => "room again")).toBe("room again")
})
