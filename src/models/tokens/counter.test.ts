import fc from "fast-check"
import { expect, test } from "vitest"
import { noUsage } from "../model.ts"
import { tokenCounter } from "./counter.ts"

const model = { kind: "ollama", provider: "home", model: "phi4" } as const
const text = "Tokens are counted before they are paid for. ".repeat(60)
const used = (inputTokens: number) => ({ ...noUsage, inputTokens })

test("what a provider reports corrects the next count", async () => {
  const counter = tokenCounter()
  const first = await counter.count(model, text)
  for (let i = 0; i < 4; i++) counter.learn(model, first, used(first.untaught * 1.5))
  const second = await counter.count(model, text)
  expect(second.tokens / first.tokens).toBeCloseTo(1.5, 2)
  expect(second.errorPercent).toBeLessThan(first.errorPercent)
  expect(second.isExact).toBe(false)
})

test("reports of calls that ran at once do not add up to too much", async () => {
  const counter = tokenCounter()
  const counts = await Promise.all(Array.from({ length: 10 }, () => counter.count(model, text)))
  for (const counted of counts) counter.learn(model, counted, used(counted.untaught * 1.2))
  expect((await counter.count(model, text)).tokens / (counts[0]?.tokens ?? 0)).toBeCloseTo(1.2, 2)
})

test("reports that disagree keep the stated error wide", async () => {
  const counter = tokenCounter()
  const counted = await counter.count(model, text)
  for (let i = 0; i < 10; i++) counter.learn(model, counted, used(counted.untaught * (i % 2 ? 1.25 : 0.8)))
  expect((await counter.count(model, text)).errorPercent).toBeGreaterThan(10)
})

test("an exact count is one until its provider reports another number", async () => {
  const counter = tokenCounter()
  const openai = { kind: "openai", provider: "openai", model: "gpt-5" } as const
  const first = await counter.count(openai, text)
  expect(first.isExact).toBe(true)
  counter.learn(openai, first, used(first.tokens))
  expect(await counter.count(openai, text)).toEqual(first)
  counter.learn(openai, first, used(first.tokens + 40))
  const second = await counter.count(openai, text)
  expect(second).toMatchObject({ tokens: first.tokens + 40, isExact: false })
  expect(second.errorPercent).toBeGreaterThan(0)
})

test("nothing is learned from estimates, tiny prompts or absurd reports", async () => {
  const counter = tokenCounter()
  const counted = await counter.count(model, text)
  const tiny = await counter.count(model, "hi")
  counter.learn(model, counted, { ...used(counted.tokens * 2), isEstimated: true })
  counter.learn(model, tiny, used(100))
  counter.learn(model, counted, used(0))
  counter.learn(model, counted, used(counted.tokens * 50))
  counter.learn(model, counted, used(Number.NaN))
  expect(await counter.count(model, text)).toEqual(counted)
})

test("one model's lesson is not another's", async () => {
  const counter = tokenCounter()
  const counted = await counter.count(model, text)
  counter.learn(model, counted, used(counted.untaught * 2))
  expect(await counter.count({ ...model, provider: "work" }, text)).toEqual(counted)
})

test("the correction stays within bounds, whatever is reported", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 30 }), async (reports) => {
      const counter = tokenCounter()
      const counted = await counter.count(model, text)
      for (const report of reports) counter.learn(model, counted, used(report))
      const { tokens } = await counter.count(model, text)
      expect(tokens).toBeGreaterThanOrEqual(Math.floor(counted.untaught / 2.5))
      expect(tokens).toBeLessThanOrEqual(Math.ceil(counted.untaught * 2.5))
    }),
    { numRuns: 30 },
  )
})
