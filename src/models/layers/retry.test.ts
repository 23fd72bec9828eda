import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ModelError, type ModelFault } from "../errors.ts"
import { ask, eventsOf, heardOf, never, saying, scripted, settled, start, text, textOf } from "../scripted.testing.ts"
import { retry } from "./retry.ts"

const fault = (fault: ModelFault, retryAfterMs?: number) => new ModelError({ fault, message: fault, retryAfterMs })
const policy = { attempts: 3, baseMs: 1000, maxMs: 10_000, random: () => 0.5 }

test("a passing fault is asked again after a pause, and the reader sees one whole answer", async () => {
  const clock = manualClock()
  const { model, requests } = scripted([fault("MODEL_OVERLOADED")], [start(), fault("MODEL_FAILED")], saying("yes"))
  const answer = eventsOf(retry({ ...policy, clock })(model)(ask(), never()))
  await settled()
  expect(requests).toHaveLength(1)
  clock.advance(499)
  await settled()
  expect(requests).toHaveLength(1)
  clock.advance(1)
  await settled()
  expect(requests).toHaveLength(2)
  clock.advance(999)
  await settled()
  expect(requests).toHaveLength(2)
  clock.advance(1)
  expect(await answer).toEqual(saying("yes"))
  expect(requests).toHaveLength(3)
})

test("the last attempt's fault is thrown", async () => {
  const { model, requests } = scripted([fault("MODEL_FAILED")], [fault("MODEL_OVERLOADED")])
  const { error } = await heardOf(retry({ ...policy, attempts: 2, random: () => 0 })(model)(ask(), never()))
  expect(error).toMatchObject({ fault: "MODEL_OVERLOADED" })
  expect(requests).toHaveLength(2)
})

test("what the reader has seen a part of is never asked again", async () => {
  const { model, requests } = scripted([start(), text("half"), fault("MODEL_STREAM_BROKEN")], saying("whole"))
  const { events, error } = await heardOf(retry(policy)(model)(ask(), never()))
  expect(textOf(events)).toBe("half")
  expect(error).toMatchObject({ fault: "MODEL_STREAM_BROKEN" })
  expect(requests).toHaveLength(1)
})

test.each(["MODEL_UNAUTHORIZED", "CONTEXT_TOO_LONG", "MODEL_RESTING", "LIMIT_REACHED"] as const)(
  "%s does not pass by itself and is not asked again",
  async (code) => {
    const { model, requests } = scripted([fault(code)], saying("yes"))
    expect((await heardOf(retry(policy)(model)(ask(), never()))).error).toMatchObject({ fault: code })
    expect(requests).toHaveLength(1)
  },
)

test("it waits as long as the provider asked, and gives up at once when that is too long", async () => {
  const clock = manualClock()
  const patient = scripted([fault("MODEL_RATE_LIMITED", 7000)], saying("yes"))
  const answer = eventsOf(retry({ ...policy, clock, random: () => 0 })(patient.model)(ask(), never()))
  await settled()
  clock.advance(6999)
  await settled()
  expect(patient.requests).toHaveLength(1)
  clock.advance(1)
  expect(textOf(await answer)).toBe("yes")

  const hurried = scripted([fault("MODEL_RATE_LIMITED", 11_000)], saying("yes"))
  const { error } = await heardOf(retry({ ...policy, clock })(hurried.model)(ask(), never()))
  expect(error).toMatchObject({ retryAfterMs: 11_000 })
  expect(clock.sleepers()).toBe(0)
})

test("a pause ends at once when the reader cancels", async () => {
  const clock = manualClock()
  const { model, requests } = scripted([fault("MODEL_FAILED")], saying("yes"))
  const controller = new AbortController()
  const answer = heardOf(retry({ ...policy, clock })(model)(ask(), controller.signal))
  await settled()
  controller.abort()
  expect((await answer).error).toMatchObject({ code: "CANCELLED" })
  expect(requests).toHaveLength(1)
  expect(clock.sleepers()).toBe(0)
})

test("nothing is asked before the stream is read", async () => {
  const { model, requests } = scripted(saying("yes"))
  retry(policy)(model)(ask(), never())
  await settled()
  expect(requests).toHaveLength(0)
})
