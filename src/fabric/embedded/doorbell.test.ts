import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { doorbellContract } from "../contract/doorbell.ts"
import { eventually } from "../contract/eventually.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { embeddedDoorbell } from "./doorbell.ts"

doorbellContract("embedded", () => {
  const clock = manualClock()
  const doorbell = embeddedDoorbell({ clock })
  return { here: doorbell, there: doorbell, pass: (ms) => passTime(clock, ms), close: () => doorbell.close() }
})

test("a job waits once, under its most urgent ring", async () => {
  const doorbell = embeddedDoorbell()
  for (let i = 0; i < 1_000; i++) await doorbell.ring("q", 2, "a")
  await doorbell.ring("q", 1, "b")
  await doorbell.ring("q", 0, "a")
  await doorbell.ring("q", 2, "a")
  const heard: string[] = []
  doorbell.listen(
    "q",
    () => 1_000,
    async (job) => {
      heard.push(job)
      return "done"
    },
  )
  await eventually(() => expect(heard).toEqual(["a", "b"]))
  doorbell.close()
})

test("refuses a queue that could not be a subject", async () => {
  await expect(embeddedDoorbell().ring("a.b", 1, "x")).rejects.toMatchObject({ code: "INVALID_INPUT" })
})
