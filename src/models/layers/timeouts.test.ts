import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { type Clock, manualClock } from "../../base/clock.ts"
import type { Model } from "../model.ts"
import { ask, heardOf, never, saying, scripted, settled, start, text, textOf } from "../scripted.testing.ts"
import { timeouts } from "./timeouts.ts"

const limits = { firstTokenMs: 1000, betweenTokensMs: 300, totalMs: 5000 }
const silence = () => new Promise<void>(() => {})

/** Moves time on in small steps, letting everything run between them. */
async function pass(clock: ReturnType<typeof manualClock>, ms: number) {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50)
    await settled()
  }
}

test("a model that says nothing but `start` is given up after the time to the first token", async () => {
  const clock = manualClock()
  const { model, running } = scripted([start(), silence])
  let heard: Awaited<ReturnType<typeof heardOf>> | undefined
  heardOf(timeouts({ ...limits, clock })(model)(ask(), never())).then((result) => {
    heard = result
  })
  await settled()
  await pass(clock, 950)
  expect(heard).toBeUndefined()
  await pass(clock, 50)
  expect(heard?.error).toMatchObject({ fault: "MODEL_TIMEOUT", details: { timeoutMs: 1000 } })
  expect(heard?.events).toEqual([start()])
  await settled()
  expect(running()).toBe(0)
  expect(clock.sleepers()).toBe(0)
})

test("a stream that stops between two tokens is given up after that time, counted from the last token", async () => {
  const clock = manualClock()
  const { model } = scripted([start(), () => clock.sleep(400), text("a"), () => clock.sleep(250), text("b"), silence])
  const answer = heardOf(timeouts({ ...limits, clock })(model)(ask(), never()))
  await settled()
  await pass(clock, 400 + 250 + 250)
  expect(clock.sleepers()).toBe(1)
  await pass(clock, 50)
  const { events, error } = await answer
  expect(textOf(events)).toBe("ab")
  expect(error).toMatchObject({ fault: "MODEL_TIMEOUT", details: { timeoutMs: 300 } })
})

test("an answer that never stops is given up after the whole time", async () => {
  const clock = manualClock()
  const endless: Model = async function* (_, signal) {
    yield start()
    while (true) {
      await clock.sleep(100, signal)
      yield text("on and on ")
    }
  }
  const answer = heardOf(timeouts({ ...limits, clock })(endless)(ask(), never()))
  await settled()
  await pass(clock, 5000)
  const { events, error } = await answer
  expect(events.length).toBeGreaterThan(40)
  expect(error).toMatchObject({ fault: "MODEL_TIMEOUT", details: { timeoutMs: 5000 } })
})

test("a provider that ignores its signal is left all the same", async () => {
  const clock = manualClock()
  const deaf: Model = async function* () {
    yield start()
    await silence()
  }
  const controller = new AbortController()
  const cancelled = heardOf(timeouts({ ...limits, clock })(deaf)(ask(), controller.signal))
  const late = heardOf(timeouts({ ...limits, clock })(deaf)(ask(), never()))
  await settled()
  controller.abort()
  expect((await cancelled).error).toMatchObject({ code: "CANCELLED" })
  await pass(clock, 1000)
  expect((await late).error).toMatchObject({ fault: "MODEL_TIMEOUT" })
})

test("a reader that is slow itself fails nothing", async () => {
  const clock = manualClock()
  const { model } = scripted(saying("a", "b"))
  const stream = timeouts({ firstTokenMs: 1000, betweenTokensMs: 300, clock })(model)(ask(), never())
  const events = stream[Symbol.asyncIterator]()
  const kinds: string[] = []
  for (let result = await events.next(); !result.done; result = await events.next()) {
    kinds.push(result.value.kind)
    await pass(clock, 2000)
  }
  expect(kinds).toEqual(["start", "text", "text", "end"])
  await settled()
  expect(clock.sleepers()).toBe(0)
})

test("one timer serves a stream of any length", async () => {
  const clock = manualClock()
  let sleeps = 0
  const counting: Clock = {
    now: clock.now,
    sleep(ms, signal) {
      sleeps++
      return clock.sleep(ms, signal)
    },
  }
  const { model } = scripted(saying(...Array.from({ length: 1000 }, () => "word ")))
  await heardOf(timeouts({ ...limits, clock: counting })(model)(ask(), never()))
  expect(sleeps).toBe(1)
  expect(clock.sleepers()).toBe(0)
})

test("when a call is over, whichever way, nothing listens to the reader's signal any more", async () => {
  const signal = never()
  const clock = manualClock()
  const { model } = scripted(saying("a"), [new Error("broken")], saying("left"), [silence])
  const call = timeouts({ ...limits, clock })(model)
  await heardOf(call(ask(), signal))
  await heardOf(call(ask(), signal))
  for await (const _ of call(ask(), signal)) break
  const late = heardOf(call(ask(), signal))
  await settled()
  expect(getEventListeners(signal, "abort")).toHaveLength(1)
  await pass(clock, 1000)
  await late
  expect(getEventListeners(signal, "abort")).toEqual([])
})
