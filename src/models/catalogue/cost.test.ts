import fc from "fast-check"
import { expect, test } from "vitest"
import { noUsage, type Usage } from "../model.ts"
import { costOf } from "./cost.ts"
import type { Price } from "./facts.ts"

const price: Price = { inputUsd: 4, outputUsd: 20, cachedInputUsd: 0.4, cacheWriteUsd: 5, longCacheWriteUsd: 8 }
const usage = (some: Partial<Usage>): Usage => ({ ...noUsage, ...some })

test("the parts of a prompt are charged at their own prices", () => {
  const used = usage({
    inputTokens: 1_000_000,
    cachedInputTokens: 500_000,
    cacheWriteTokens: 250_000,
    outputTokens: 100_000,
  })
  expect(costOf(used, price)).toBeCloseTo(0.25 * 4 + 0.5 * 0.4 + 0.25 * 5 + 0.1 * 20)
})

test("what is kept for an hour costs more", () => {
  const used = usage({ inputTokens: 1_000_000, cacheWriteTokens: 1_000_000, longCacheWriteTokens: 600_000 })
  expect(costOf(used, price)).toBeCloseTo(0.4 * 5 + 0.6 * 8)
  expect(costOf(used, { ...price, longCacheWriteUsd: null })).toBeCloseTo(5)
})

test("where the cache has no price of its own, it counts as other input", () => {
  const plain: Price = { inputUsd: 3, outputUsd: 6, cachedInputUsd: null, cacheWriteUsd: null }
  expect(
    costOf(usage({ inputTokens: 1_000_000, cachedInputTokens: 400_000, cacheWriteTokens: 100_000 }), plain),
  ).toBeCloseTo(3)
})

test("a long prompt changes the price of the whole call", () => {
  const tiered: Price = {
    ...price,
    longPrompt: { overTokens: 200_000, price: { ...price, inputUsd: 8, outputUsd: 30 } },
  }
  expect(costOf(usage({ inputTokens: 200_000, outputTokens: 1000 }), tiered)).toBeCloseTo(0.2 * 4 + 0.001 * 20)
  expect(costOf(usage({ inputTokens: 200_001, outputTokens: 1000 }), tiered)).toBeCloseTo(0.200001 * 8 + 0.001 * 30)
})

test("an unknown price is an unknown cost; local is free", () => {
  expect(costOf(usage({ inputTokens: 5 }), null)).toBeNull()
  expect(costOf(usage({ inputTokens: 5 }), { inputUsd: 0, outputUsd: 0, cachedInputUsd: 0, cacheWriteUsd: 0 })).toBe(0)
})

const count = fc.nat(2_000_000)
const rate = fc.double({ min: 0, max: 200, noNaN: true })
const prices = fc.record({
  inputUsd: rate,
  outputUsd: rate,
  cachedInputUsd: fc.option(rate),
  cacheWriteUsd: fc.option(rate),
})

test("a cost is never negative, whatever the provider counted", () => {
  const strange = fc.oneof(count, fc.constantFrom(-1, Number.NaN, Number.POSITIVE_INFINITY))
  const used = fc.record({
    inputTokens: strange,
    cachedInputTokens: strange,
    cacheWriteTokens: strange,
    longCacheWriteTokens: strange,
    outputTokens: strange,
    reasoningTokens: strange,
    isEstimated: fc.boolean(),
  })
  fc.assert(
    fc.property(used, prices, (some, at) => {
      const cost = costOf(some, at)
      expect(cost).not.toBeNull()
      expect(cost).toBeGreaterThanOrEqual(0)
      expect(Number.isFinite(cost)).toBe(true)
    }),
  )
})

test("no token is charged twice: between all at the lowest rate and all at the highest", () => {
  fc.assert(
    fc.property(count, count, count, count, prices, (plain, cached, written, outputTokens, at) => {
      const inputTokens = plain + cached + written
      const cost =
        costOf(usage({ inputTokens, cachedInputTokens: cached, cacheWriteTokens: written, outputTokens }), at) ?? -1
      const rates = [at.inputUsd, at.cachedInputUsd ?? at.inputUsd, at.cacheWriteUsd ?? at.inputUsd]
      const output = outputTokens * at.outputUsd
      const slack = 1e-9 + cost * 1e-9
      expect(cost).toBeGreaterThanOrEqual((inputTokens * Math.min(...rates) + output) / 1e6 - slack)
      expect(cost).toBeLessThanOrEqual((inputTokens * Math.max(...rates) + output) / 1e6 + slack)
    }),
  )
})
