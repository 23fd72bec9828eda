import { LLMock } from "@copilotkit/aimock"
import { expect, onTestFinished, test } from "vitest"
import { type Clock, manualClock } from "../../base/clock.ts"
import { breaker } from "../layers/breaker.ts"
import { retry } from "../layers/retry.ts"
import { timeouts } from "../layers/timeouts.ts"
import { layered } from "../model.ts"
import { openProvider } from "../providers/open-provider.ts"
import { ask, heardOf, never, settled, textOf } from "../scripted.testing.ts"
import type { Target } from "../target.ts"
import { failover } from "./failover.ts"
import { hedge } from "./hedge.ts"
import { measures } from "./measures.ts"
import { target } from "./targets.testing.ts"

const whole = "A lease says when taking over is useful; a claim commit fences, and that no clock can break."

async function server(set: (mock: LLMock) => unknown): Promise<LLMock> {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  onTestFinished(() => mock.stop())
  return mock
}

/** A real provider with the layers that stand around one; pauses between attempts pass at once and are told. */
function reached(name: string, mock: LLMock) {
  const provider = openProvider({ name, kind: "openai-chat", url: `${mock.url}/v1` })
  onTestFinished(() => provider.close())
  const pausesMs: number[] = []
  const pausing: Clock = {
    now: Date.now,
    async sleep(ms) {
      pausesMs.push(ms)
    },
  }
  const circuit = breaker({ provider: name, model: "m", failures: 2 })
  const measured = measures()
  const call = layered(
    provider.model,
    retry({ attempts: 3, baseMs: 100, maxMs: 5000, clock: pausing, random: () => 1 }),
    circuit.layer,
    measured.layer({ provider: name, model: "m" }),
    timeouts({ firstTokenMs: 60_000, betweenTokensMs: 60_000 }),
  )
  return { target: target(name, { call }), circuit, measured, pausesMs }
}

const answers = (mock: LLMock) => mock.onMessage(/./, { content: whole })
const requestsOf = (mock: LLMock) => mock.getRequests().length

const hear = (...targets: readonly Target[]) =>
  heardOf(
    failover({ targets: () => targets, countTokens: () => 10, costOf: () => null })(ask("What is a lease?"), never()),
  )

test("a 429 is asked again after the time that the provider named", async () => {
  const mock = await server((mock) => {
    mock.on({ sequenceIndex: 0 }, { error: { message: "slow down" }, status: 429, retryAfter: 2 })
    answers(mock)
  })
  const first = reached("a", mock)
  const { events, error } = await hear(first.target)
  expect(error).toBeUndefined()
  expect(textOf(events)).toBe(whole)
  expect(requestsOf(mock)).toBe(2)
  expect(first.pausesMs).toEqual([2100])
})

test("a provider that asks to be left alone for long is not waited for: the next one answers", async () => {
  const busy = await server((mock) =>
    mock.onMessage(/./, { error: { message: "slow down" }, status: 429, retryAfter: 60 }),
  )
  const free = await server(answers)
  const { events } = await hear(reached("busy", busy).target, reached("free", free).target)
  expect(events[0]).toMatchObject({ kind: "start", provider: "free" })
  expect(textOf(events)).toBe(whole)
  expect(requestsOf(busy)).toBe(1)
})

test("a provider that answers 500 is given up after its retries, rests, and is not asked again meanwhile", async () => {
  const down = await server((mock) => mock.onMessage(/./, { error: { message: "oh no" }, status: 500 }))
  const up = await server(answers)
  const first = reached("down", down)
  const second = reached("up", up)
  for (let call = 0; call < 3; call++) {
    const { events } = await hear(first.target, second.target)
    expect(textOf(events)).toBe(whole)
  }
  expect(requestsOf(down)).toBe(2)
  expect(requestsOf(up)).toBe(3)
  expect(first.circuit.status().state).toBe("open")
  expect(first.measured.ofProvider("down")).toMatchObject({ calls: 2, failures: 2, running: 0 })
})

test("a connection that breaks in the middle of an answer is followed by the rest from another server", async () => {
  const breaking = await server((mock) =>
    mock.onMessage(/./, { content: whole }, { chunkSize: 10, latency: 10, truncateAfterChunks: 5 }),
  )
  const rest = await server((mock) =>
    mock.on(
      { predicate: ({ messages }) => messages.length === 3 },
      // As models do it: with the last words again.
      (request) => {
        const shown = String(request.messages[1]?.content)
        return { content: shown.slice(-12) + whole.slice(shown.length) }
      },
      { chunkSize: 4 },
    ),
  )
  const { events, error } = await hear(reached("breaking", breaking).target, reached("rest", rest).target)
  expect(error).toBeUndefined()
  const kinds = events.map(({ kind }) => kind)
  expect(kinds.indexOf("restart")).toBeGreaterThan(kinds.indexOf("text"))
  expect(events.find(({ kind }) => kind === "restart")).toMatchObject({ provider: "rest", why: "MODEL_STREAM_BROKEN" })
  expect(textOf(events)).toBe(whole)
  expect(events.at(-1)).toMatchObject({ kind: "end", usage: { isEstimated: true } })
})

test("a server that is gone and one that answers nonsense are passed by on the way to one that works", async () => {
  const gone = new LLMock({ port: 0 })
  await gone.start()
  const first = reached("gone", gone)
  await gone.stop()
  const nonsense = await server((mock) => mock.onMessage(/./, { content: whole }, { chaos: { malformedRate: 1 } }))
  const up = await server(answers)
  const targets = [first, reached("nonsense", nonsense), reached("up", up)].map((one) => one.target)
  const { events, error } = await hear(...targets)
  expect(error).toBeUndefined()
  expect(textOf(events)).toBe(whole)
})

test("a silent server is hedged by a second one, and its connection is let go", async () => {
  const silent = await server((mock) => mock.onMessage(/./, { content: whole }, { latency: 20_000 }))
  const quick = await server(answers)
  const first = reached("silent", silent)
  const second = reached("quick", quick)
  const clock = manualClock()
  const both = hedge({
    first: first.target,
    second: second.target,
    afterMs: 100,
    countTokens: () => 10,
    costOf: () => 0,
    clock,
  })
  const answer = hear(both)
  while (clock.sleepers() === 0) await settled()
  clock.advance(100)
  const { events } = await answer
  expect(events[0]).toMatchObject({ provider: "quick" })
  expect(textOf(events)).toBe(whole)
  expect(first.measured.ofProvider("silent")).toMatchObject({ running: 0, failures: 0 })
})
