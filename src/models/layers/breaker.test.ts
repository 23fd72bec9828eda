import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ModelError, type ModelFault } from "../errors.ts"
import { ask, heardOf, never, type Step, saying, scripted, settled, start, text, textOf } from "../scripted.testing.ts"
import { type BreakerStatus, breaker } from "./breaker.ts"

const fault = (fault: ModelFault, retryAfterMs?: number) => new ModelError({ fault, message: fault, retryAfterMs })
const down: Step[] = [fault("MODEL_FAILED")]

function broken(...answers: Step[][]) {
  const clock = manualClock()
  const changes: BreakerStatus["state"][] = []
  const onChange = ({ state }: BreakerStatus) => changes.push(state)
  const circuit = breaker({ provider: "p", model: "m", failures: 2, restMs: 1000, maxRestMs: 3000, clock, onChange })
  const script = scripted(...answers)
  const call = circuit.layer(script.model)
  return { clock, circuit, changes, requests: script.requests, hear: () => heardOf(call(ask(), never())), call }
}

test("after so many faults in a row the target is no longer asked, and says when it will be", async () => {
  const { circuit, hear, requests, clock, changes } = broken(down)
  await hear()
  expect(circuit.status()).toEqual({ state: "closed", failures: 1, restsUntilMs: null })
  await hear()
  const { error } = await hear()
  expect(error).toMatchObject({ fault: "MODEL_RESTING", retryAfterMs: 1000, provider: "p", model: "m" })
  expect(requests).toHaveLength(2)
  expect(circuit.status()).toEqual({ state: "open", failures: 2, restsUntilMs: clock.now() + 1000 })
  expect(changes).toEqual(["open"])
})

test("a whole answer between two faults makes the count begin anew", async () => {
  const { circuit, hear } = broken(down, saying("yes"), down)
  for (let call = 0; call < 3; call++) await hear()
  expect(circuit.status()).toMatchObject({ state: "closed", failures: 1 })
})

test.each(["CONTEXT_TOO_LONG", "MODEL_UNAUTHORIZED", "LIMIT_REACHED", "CONTENT_REFUSED"] as const)(
  "%s says nothing about the target's health",
  async (code) => {
    const { circuit, hear } = broken([fault(code)])
    for (let call = 0; call < 5; call++) await hear()
    expect(circuit.status()).toMatchObject({ state: "closed", failures: 0 })
  },
)

test("after the rest one call probes while the others are still refused; an answer closes it", async () => {
  const word = Promise.withResolvers<void>()
  const { circuit, hear, clock, changes, requests } = broken(down, down, [start(), () => word.promise, text("yes")])
  await hear()
  await hear()
  clock.advance(1000)
  expect(circuit.status().state).toBe("half-open")
  const probe = hear()
  await settled()
  expect((await hear()).error).toMatchObject({ fault: "MODEL_RESTING" })
  expect(requests).toHaveLength(3)
  word.resolve()
  expect(textOf((await probe).events)).toBe("yes")
  expect(changes).toEqual(["open", "closed", "open"])
})

test("a probe that fails doubles the rest, up to the longest", async () => {
  const { circuit, hear, clock } = broken(down)
  await hear()
  await hear()
  for (const restMs of [2000, 3000, 3000]) {
    clock.advance(10_000)
    await hear()
    expect(circuit.status().restsUntilMs).toBe(clock.now() + restMs)
  }
})

test("it rests for as long as the provider asked", async () => {
  const { circuit, hear, clock } = broken(down, [fault("MODEL_RATE_LIMITED", 2500)])
  await hear()
  await hear()
  expect(circuit.status().restsUntilMs).toBe(clock.now() + 2500)
})

test("a probe whose reader went away proves nothing: the next call is the probe", async () => {
  const silence = Promise.withResolvers<void>()
  const { circuit, clock, call, hear } = broken(down, down, [start(), () => silence.promise], saying("yes"))
  await hear()
  await hear()
  clock.advance(1000)
  const controller = new AbortController()
  const gone = heardOf(call(ask(), controller.signal))
  await settled()
  controller.abort()
  await gone
  expect(textOf((await hear()).events)).toBe("yes")
  expect(circuit.status()).toEqual({ state: "closed", failures: 0, restsUntilMs: null })
})

test("streams that break half-way count, though they begin well", async () => {
  const { circuit, hear } = broken([start(), text("half"), fault("MODEL_STREAM_BROKEN")])
  await hear()
  await hear()
  expect(circuit.status().state).toBe("open")
})

test("a target that is woken is probed at once", async () => {
  const { circuit, hear } = broken(down, down, saying("yes"))
  await hear()
  await hear()
  circuit.wake()
  expect(textOf((await hear()).events)).toBe("yes")
  expect(circuit.status().state).toBe("closed")
})

test("calls that were on their way when it opened change nothing any more", async () => {
  const [good, bad] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const late = (gate: Promise<void>, ...steps: Step[]): Step[] => [start(), () => gate, ...steps]
  const { circuit, hear, clock, changes } = broken(
    late(good.promise, ...saying("yes").slice(1)),
    late(bad.promise, fault("MODEL_FAILED")),
    down,
    down,
  )
  const running = [hear(), hear()]
  await settled()
  await hear()
  await hear()
  const opened = circuit.status()
  clock.advance(500)
  good.resolve()
  bad.resolve()
  await Promise.all(running)
  expect(circuit.status()).toEqual(opened)
  expect(changes).toEqual(["open"])
})

test("a probe whose reader cancels and never reads on makes room for the next probe", async () => {
  const { circuit, clock, call, hear } = broken(down, down, [start(), text("a"), text("b")], saying("yes"))
  await hear()
  await hear()
  clock.advance(1000)
  const controller = new AbortController()
  await call(ask(), controller.signal)[Symbol.asyncIterator]().next()
  expect((await hear()).error).toMatchObject({ fault: "MODEL_RESTING" })
  controller.abort()
  expect(textOf((await hear()).events)).toBe("yes")
  expect(circuit.status().state).toBe("closed")
})
