import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ask, end, heardOf, never, type Step, scripted, settled, start, text } from "../scripted.testing.ts"
import { healthOf, measures } from "./measures.ts"
import { fault } from "./targets.testing.ts"

const name = { provider: "p", model: "m" }

function measured(...answers: Step[][]) {
  const clock = manualClock()
  const all = measures({ windowMs: 60_000, clock })
  const { model } = scripted(...answers)
  const call = all.layer(name)(model)
  /** A step that takes so long. */
  return { clock, all, call, hear: () => heardOf(call(ask(), never())) }
}

/** Asks and lets the answer's waits pass. */
async function after(clock: ReturnType<typeof manualClock>, ms: number, work: Promise<unknown>) {
  await settled()
  clock.advance(ms)
  await settled()
  clock.advance(ms)
  return work
}

test("time to the first token and tokens a second are measured, of the target and of the provider", async () => {
  const { clock, all, hear } = measured()
  const { model } = scripted([
    start(),
    () => clock.sleep(200),
    text("a"),
    () => clock.sleep(200),
    text("b"),
    end({ outputTokens: 50 }),
  ])
  await hear()
  const call = all.layer({ provider: "p", model: "other" })(model)
  await after(clock, 200, heardOf(call(ask(), never())))
  expect(all.of({ provider: "p", model: "other" })).toMatchObject({
    calls: 1,
    failures: 0,
    running: 0,
    firstTokenMs: 200,
    tokensPerSecond: 250,
  })
  expect(all.of(name)).toMatchObject({ calls: 1, failures: 1, firstTokenMs: null })
  expect(all.ofProvider("p")).toMatchObject({ calls: 2, failures: 1, firstTokenMs: 200 })
})

test("calls that run are counted while they do", async () => {
  const { all, call } = measured([start(), () => new Promise<void>(() => {})])
  const controller = new AbortController()
  const calls = [1, 2].map(() => heardOf(call(ask(), controller.signal)))
  await settled()
  expect(all.of(name).running).toBe(2)
  controller.abort()
  await Promise.all(calls)
  expect(all.of(name)).toMatchObject({ running: 0, failures: 0 })
})

test("only faults of who was asked are failures", async () => {
  const faults = [
    "CONTEXT_TOO_LONG",
    "CONTENT_REFUSED",
    "LIMIT_REACHED",
    "MODEL_REQUEST_INVALID",
    "MODEL_RESTING",
  ] as const
  const { all, hear } = measured(...faults.map((code) => [fault(code)]), [fault("MODEL_UNAUTHORIZED")])
  for (const _ of faults) await hear()
  expect(all.of(name)).toMatchObject({ calls: 0, failures: 0, lastError: null })
  await hear()
  expect(all.of(name)).toMatchObject({ calls: 1, failures: 1, lastError: { code: "MODEL_UNAUTHORIZED" } })
})

test("health: unknown, healthy, degraded by failures or the last call, resting by its breaker", async () => {
  const { all, hear, clock } = measured(
    [start(), text("a"), end()],
    [fault("MODEL_FAILED")],
    [start(), text("a"), end()],
  )
  const health = () => healthOf(all.of(name), null)
  expect(health()).toBe("unknown")
  await hear()
  expect(health()).toBe("healthy")
  await hear()
  expect(health()).toBe("degraded")
  for (let call = 0; call < 2; call++) await hear()
  expect(health()).toBe("healthy")
  expect(healthOf(all.of(name), clock.now() + 1)).toBe("resting")
  clock.advance(60_001)
  expect(health()).toBe("unknown")
  all.probed(name.provider, { error: fault("MODEL_FAILED") })
  clock.advance(60_001)
  expect(healthOf(all.ofProvider(name.provider), null)).toBe("unknown")
  expect(all.of(name)).toMatchObject({ calls: 0, failures: 0, firstTokenMs: null })
})

test("a probe tells of a provider that nobody asks", () => {
  const { all } = measured()
  all.probed("p", { error: fault("MODEL_UNREACHABLE") })
  expect(healthOf(all.ofProvider("p"), null)).toBe("degraded")
  expect(all.ofProvider("p").lastError).toMatchObject({ code: "MODEL_UNREACHABLE" })
  all.probed("p", {})
  expect(healthOf(all.ofProvider("p"), null)).toBe("healthy")
})

test("the slow end of the first tokens is told when enough calls were heard; one given up as slow counts", async () => {
  const clock = manualClock()
  const all = measures({ windowMs: 1e9, clock })
  const asked = async (ms: number, isGivenUp = false) => {
    const { model } = scripted([start(), () => clock.sleep(ms), text("a"), end()])
    const controller = new AbortController()
    const heard = heardOf(all.layer(name)(model)(ask(), controller.signal))
    await settled()
    if (isGivenUp) {
      clock.advance(ms - 1)
      controller.abort()
    } else clock.advance(ms)
    await heard
  }
  for (let ms = 10; ms <= 90; ms += 10) await asked(ms)
  expect(all.firstTokenP95Ms(name)).toBeNull()
  await asked(100)
  expect(all.firstTokenP95Ms(name)).toBe(100)
  await asked(1001, true)
  expect(all.firstTokenP95Ms(name)).toBe(1000)
  expect(all.of(name)).toMatchObject({ calls: 11, failures: 0 })
  await asked(2, true)
  expect(all.of(name).calls).toBe(11)
})

test("its memory is bounded: by calls of a target, and by targets", async () => {
  const clock = manualClock()
  const all = measures({ clock })
  const { model } = scripted([fault("MODEL_FAILED")])
  for (let call = 0; call < 1000; call++) await heardOf(all.layer(name)(model)(ask(), never()))
  expect(all.of(name).calls).toBeLessThanOrEqual(201)
  expect(all.of(name).failures).toBe(all.of(name).calls)
  for (let other = 0; other < 1000; other++)
    await heardOf(all.layer({ provider: "p", model: `m${other}` })(model)(ask(), never()))
  expect(all.of(name).calls).toBe(0)
  expect(all.of({ provider: "p", model: "m999" }).calls).toBe(1)
})
