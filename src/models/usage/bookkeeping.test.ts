import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { ModelError } from "../errors.ts"
import { layered, type Model, type ModelEvent, type ModelRequest, noUsage } from "../model.ts"
import { bookkeeping } from "./bookkeeping.ts"
import { type Budgets, openBudgets } from "./budgets.ts"
import { callStates } from "./call-state.ts"
import { ModelCalled } from "./events.ts"
import { prefixWatch } from "./prefix.ts"

const usage = { ...noUsage, inputTokens: 90, outputTokens: 10 }
const request: ModelRequest = {
  model: "openai/gpt-x",
  messages: [
    { role: "system", section: "rules", parts: [{ kind: "text", text: "x".repeat(200) }] },
    { role: "user", parts: [{ kind: "text", text: "y".repeat(100) }] },
  ],
  attribution: { user: "ada", command: "ask", session: "s", project: undefined },
}
const events: ModelEvent[] = [
  { kind: "start", provider: "openai", model: "gpt-x" },
  { kind: "text", text: "Hello " },
  { kind: "text", text: "there." },
  { kind: "end", finish: "stop", usage },
]

function booked(model: Model, { hardUsd }: { hardUsd?: number } = {}) {
  const clock = manualClock()
  const calls: ModelCalled[] = []
  const reports: string[] = []
  const budgets: Budgets = openBudgets({
    limits: hardUsd === undefined ? {} : { total: { hardUsd } },
    before: { spentOn: () => [], warnedOn: () => [] },
    clock,
    logger: silentLogger,
    onWarned: () => {},
  })
  const states = callStates()
  let running = 0
  const layer = bookkeeping({
    clock,
    prices: { costOf: (_provider, _model, { outputTokens }) => outputTokens / 10, mostOf: () => 1 },
    budgets,
    states,
    prefixes: prefixWatch(),
    // What is noted must be an event as the log takes it.
    reported: (_request, { provider }, { inputTokens }) => reports.push(`${provider} ${inputTokens}`),
    noted: (call) => calls.push(ModelCalled.parse(JSON.parse(JSON.stringify(call)))),
  })
  const inner = layered(model, layer, states.counted)
  const hold = () => {
    running += 1
    return () => (running -= 1)
  }
  const call: Model = (request, signal) =>
    inner(states.open(request, { asked: "best", targets: [], strategy: "ordered", hold }), signal)
  return { clock, calls, reports, budgets, running: () => running, call }
}
const never = new AbortController().signal

test("a call that is done is booked with who, what, tokens by section, latency, cost and attempts", async () => {
  const { call, calls, reports, clock, running } = booked(async function* () {
    for (const event of events) {
      clock.advance(100)
      yield event
    }
  })
  const seen = await Array.fromAsync(call(request, never))
  expect(running()).toBe(0)
  expect(reports).toEqual(["openai 90"])
  expect(seen.at(-1)).toMatchObject({ kind: "end", costUsd: 1 })
  expect(calls).toEqual([
    {
      at: "2026-01-01T00:00:00.000Z",
      user: "ada",
      session: "s",
      command: "ask",
      asked: "best",
      provider: "openai",
      model: "gpt-x",
      outcome: "done",
      ...usage,
      sections: { rules: 60, user: 30 },
      cacheMiss: { cause: "first-call" },
      firstTokenMs: 200,
      durationMs: 400,
      costUsd: 1,
      attempts: 1,
    },
  ])
})

test("a failed call is booked with its code, and costs nothing where nothing came", async () => {
  const { call, calls, budgets } = booked(
    async function* () {
      yield* events.slice(0, 1)
      throw new ModelError({ fault: "MODEL_FAILED", message: "It is broken." })
    },
    { hardUsd: 1 },
  )
  await expect(Array.fromAsync(call(request, never))).rejects.toMatchObject({ code: "MODEL_FAILED" })
  expect(calls).toMatchObject([
    { outcome: "failed", code: "MODEL_FAILED", costUsd: 0, attempts: 1, firstTokenMs: null },
  ])
  expect(budgets.status()).toMatchObject([{ spentUsd: 0, reservedUsd: 0 }])
})

test("whoever stops reading is booked as cancelled, with an estimate of what was used", async () => {
  const { call, calls, budgets } = booked(
    async function* () {
      yield* events
    },
    { hardUsd: 1 },
  )
  for await (const event of call(request, never)) if (event.kind === "text") break
  expect(calls).toMatchObject([{ outcome: "cancelled", isEstimated: true, inputTokens: 75, outputTokens: 2 }])
  expect(budgets.status()).toMatchObject([{ spentUsd: 0.2, reservedUsd: 0 }])
})

test("a call that could overshoot the budget never reaches the provider", async () => {
  let asked = 0
  const { call, calls } = booked(
    async function* () {
      asked += 1
      yield* events
    },
    { hardUsd: 1.5 },
  )
  const first = call(request, never)[Symbol.asyncIterator]()
  await first.next()
  await expect(Array.fromAsync(call(request, never))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" })
  await first.return?.()
  await Array.fromAsync(call(request, never))
  expect(asked).toBe(2)
  expect(calls.map(({ outcome, code, costUsd }) => [outcome, code ?? "", costUsd])).toEqual([
    ["failed", "BUDGET_EXCEEDED", 0],
    ["cancelled", "", 0],
    ["done", "", 1],
  ])
})
