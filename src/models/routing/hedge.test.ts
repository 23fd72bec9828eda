import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ask, end, heardOf, never, type Step, settled, start, text, textOf } from "../scripted.testing.ts"
import { hedge } from "./hedge.ts"
import { fault, following } from "./targets.testing.ts"

function race(first: Step[], second: Step[], afterMs = 500) {
  const clock = manualClock()
  const a = following("a", first)
  const b = following("b", second)
  const booked = { countTokens: () => 100, costOf: (provider: string) => (provider === "a" ? 2 : 3) }
  const both = hedge({ first: a.target, second: b.target, afterMs, clock, ...booked })
  const controller = new AbortController()
  const heard = heardOf(both.call(ask(), controller.signal))
  return { clock, a, b, heard, cancel: () => controller.abort() }
}

const silence = () => new Promise<void>(() => {})
const says = (provider: string): Step[] => [start(provider), text(provider), end({ inputTokens: 7, outputTokens: 3 })]

test("a first that speaks in time is alone", async () => {
  const { heard, b, clock } = race(says("a"), says("b"))
  expect((await heard).events).toEqual(says("a"))
  expect(b.requests).toHaveLength(0)
  expect(clock.sleepers()).toBe(0)
})

test("when the first is silent too long the second is asked too; who speaks is heard and the other cancelled", async () => {
  const { heard, a, b, clock } = race([start("a"), silence], says("b"))
  await settled()
  clock.advance(499)
  await settled()
  expect(b.requests).toHaveLength(0)
  clock.advance(1)
  const { events } = await heard
  expect(textOf(events)).toBe("b")
  await settled()
  expect(a.running()).toBe(0)
  expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 107, outputTokens: 3, isEstimated: true }, costUsd: 5 })
})

test("the first may still win after the second was asked, and both are booked", async () => {
  const word = Promise.withResolvers<void>()
  const { heard, b, clock } = race([start("a"), () => word.promise, ...says("a").slice(1)], [start("b"), silence])
  await settled()
  clock.advance(500)
  await settled()
  expect(b.running()).toBe(1)
  word.resolve()
  const { events } = await heard
  expect(textOf(events)).toBe("a")
  expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 107 }, costUsd: 5 })
  await settled()
  expect(b.running()).toBe(0)
})

test("a first that fails is replaced at once, and costs nothing", async () => {
  const { heard } = race([fault("MODEL_OVERLOADED")], says("b"))
  expect((await heard).events).toEqual(says("b"))
})

test("when both fail, the error names both; when nobody would take the request, the second is not asked", async () => {
  const both = race([fault("MODEL_OVERLOADED")], [fault("MODEL_FAILED")])
  expect((await both.heard).error).toMatchObject({
    fault: "MODEL_FAILED",
    details: { attempts: [{ provider: "a" }, { provider: "b" }] },
  })
  const invalid = race([fault("MODEL_REQUEST_INVALID")], says("b"))
  expect((await invalid.heard).error).toMatchObject({ fault: "MODEL_REQUEST_INVALID" })
  expect(invalid.b.requests).toHaveLength(0)
})

test("a cancelled race ends both calls and leaves no timer", async () => {
  const { heard, a, b, clock, cancel } = race([start("a"), silence], [start("b"), silence])
  await settled()
  clock.advance(500)
  await settled()
  expect([a.running(), b.running()]).toEqual([1, 1])
  cancel()
  expect((await heard).error).toMatchObject({ code: "CANCELLED" })
  await settled()
  expect([a.running(), b.running(), clock.sleepers()]).toEqual([0, 0, 0])
})

test("the patience is asked for anew at each call", async () => {
  const { heard, clock } = race([start("a"), silence], says("b"), 50)
  await settled()
  clock.advance(50)
  expect(textOf((await heard).events)).toBe("b")
})

test("when it is over nothing listens to the reader's signal any more", async () => {
  const signal = never()
  const a = following("a", [fault("MODEL_FAILED")])
  const b = following("b", says("b"))
  const both = hedge({
    first: a.target,
    second: b.target,
    afterMs: 10,
    countTokens: () => 1,
    costOf: () => 0,
    clock: manualClock(),
  })
  const events = both.call(ask(), signal)[Symbol.asyncIterator]()
  await events.next()
  expect(getEventListeners(signal, "abort").length).toBeGreaterThan(0)
  while (!(await events.next()).done);
  expect(getEventListeners(signal, "abort")).toEqual([])
})
