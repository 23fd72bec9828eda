import { expect, test } from "vitest"
import { busContract } from "../contract/bus.ts"
import { embeddedBus } from "./bus.ts"

busContract("embedded", () => {
  const bus = embeddedBus()
  return { here: bus, there: bus, settled: async () => {}, close: () => bus.close() }
})

test("a subscriber that sends as it receives starves neither timers nor input", async () => {
  const bus = embeddedBus()
  const most = 1_000_000
  let rounds = 0
  bus.on("loop", () => {
    rounds += 1
    // Where nothing else got a turn, this is the end of it.
    if (rounds < most) bus.send("loop", new Uint8Array())
  })
  bus.send("loop", new Uint8Array())
  await new Promise((resolve) => setTimeout(resolve, 0))
  await new Promise((resolve) => setImmediate(resolve))
  bus.close()
  expect(rounds).toBeGreaterThan(0)
  expect(rounds).toBeLessThan(most)
})
