import { expect, test } from "vitest"
import { effectOf, experimentEffect } from "./effect.ts"
import { assigned, type Experiment } from "./experiments.ts"
import { difference, meanOf, shareOf } from "./intervals.ts"
import type { OutcomeRow } from "./view.ts"

const row = (variant: string, outcome: OutcomeRow["outcome"], times: number): OutcomeRow => ({
  ...{ prompt: "test/it", version: "1.0.0", variant, source: "built in", outcome, times },
  ...{ ms: 100 * times, msSquared: 10_000 * times, priced: 0, usd: 0, usdSquared: 0 },
})
const experiment: Experiment = { name: "tone", prompt: "test/it", variants: { base: 1, short: 1 }, sample: 200 }

test("shares have Wilson's interval", () => {
  // Of Wilson's formula computed by hand for 8 of 10 and 0 of 10.
  expect(shareOf(8, 10)).toMatchObject({ low: expect.closeTo(0.4902, 3), high: expect.closeTo(0.9433, 3) })
  expect(shareOf(0, 10)).toMatchObject({ low: 0, high: expect.closeTo(0.2775, 3) })
  expect(shareOf(0, 0)).toBeNull()
})

test("means have Student's interval", () => {
  // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, standard deviation 2.138, t(7) 2.3646.
  const estimate = meanOf(40, 232, 8)
  expect(estimate?.value).toBe(5)
  expect(estimate?.high).toBeCloseTo(5 + (2.3646 * 2.13809) / Math.sqrt(8), 3)
  // t(3) is 3.1824: 1, 2, 3, 4.
  expect(meanOf(10, 30, 4)?.high).toBeCloseTo(2.5 + (3.1824 * 1.29099) / 2, 1)
  expect(meanOf(1, 1, 1)).toBeNull()
})

test("a difference has Newcombe's interval", () => {
  // Newcombe 1998, table II, case (a): 56/70 - 48/80 is 0.2, 0.0524 to 0.3339 by method 10.
  const [a, b] = [shareOf(48, 80), shareOf(56, 70)]
  if (!a || !b) return expect.fail()
  expect(difference(a, b)).toMatchObject({ low: expect.closeTo(0.0524, 4), high: expect.closeTo(0.3339, 4) })
})

test("weights are kept to over many people, and one who has a variant has it always", () => {
  const weighed = { ...experiment, variants: { base: 3, short: 1, none: 0 } }
  const counts: Record<string, number> = {}
  for (let n = 0; n < 4_000; n++) {
    const variant = assigned(weighed, { user: `u${n}`, project: "/p" }) ?? ""
    expect(assigned(weighed, { user: `u${n}`, project: "/p" })).toBe(variant)
    counts[variant] = (counts[variant] ?? 0) + 1
  }
  expect(Object.keys(counts).sort()).toEqual(["base", "short"])
  expect((counts.short ?? 0) / 4_000).toBeCloseTo(0.25, 1)
  expect(assigned({ ...experiment, variants: { base: 0 } }, { user: "u", project: "/p" })).toBeUndefined()
})

test("what people decide later is no call, and has no time of its own", () => {
  const effect = effectOf([row("", "answered", 6), row("", "failed", 2), { ...row("", "accepted", 3), ms: 0 }])
  expect(effect).toMatchObject({ calls: 8, accepted: { value: 1, n: 3 }, failed: { value: 0.25, n: 8 } })
  expect(effect.durationMs?.value).toBe(100)
  expect(effect.costUsd).toBeNull()
})

test("nothing is told before the planned sample, and no difference where chance may have made it", () => {
  const verdictOf = (...rows: readonly OutcomeRow[]) => experimentEffect(experiment, rows)
  expect(verdictOf(row("tone:base", "answered", 300), row("tone:short", "failed", 14))).toMatchObject({
    verdict: "No difference can be told yet: 14 of 200.",
    winner: null,
  })
  const near = [row("tone:base", "answered", 150), row("tone:base", "repaired", 50)]
  const same = [row("tone:short", "answered", 156), row("tone:short", "repaired", 44)]
  expect(verdictOf(...near, ...same)).toMatchObject({
    verdict: expect.stringContaining("No difference"),
    winner: null,
  })
  const better = [row("tone:short", "answered", 195), row("tone:short", "repaired", 5)]
  expect(verdictOf(...near, ...better)).toMatchObject({
    verdict: expect.stringMatching(/^short is better: 22\.5 points more are usable at once/),
    winner: "short",
  })
})

test("where people decide, what they accept counts, not what could be used at once", () => {
  const rows = [
    row("tone:base", "answered", 400),
    row("tone:short", "repaired", 400),
    ...[row("tone:base", "rejected", 250), row("tone:short", "accepted", 250)],
  ]
  expect(experimentEffect(experiment, rows)).toMatchObject({ winner: "short" })
})
