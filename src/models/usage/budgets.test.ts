import fc from "fast-check"
import { expect, test } from "vitest"
import type { BudgetSettings } from "../../access/llm-settings.ts"
import { manualClock } from "../../base/clock.ts"
import { openBudgets } from "./budgets.ts"
import type { BudgetWarned } from "./events.ts"
import { linesOf } from "./usage.testing.ts"

function budgets(limits: BudgetSettings, spent: { user: string; project: string; costUsd: number }[] = []) {
  const clock = manualClock()
  const warned: BudgetWarned[] = []
  const { logger, lines } = linesOf()
  const today = new Date(clock.now()).toISOString().slice(0, 10)
  const before = { spentOn: (day: string) => (day === today ? spent : []), warnedOn: () => [] }
  return {
    clock,
    warned,
    lines,
    ...openBudgets({ limits, before, clock, logger, onWarned: (w) => warned.push(w) }),
  }
}
const ada = { user: "ada", project: "/p" }
const exceeded = (scope: string) =>
  expect.objectContaining({ code: "BUDGET_EXCEEDED", details: expect.objectContaining({ scope }) })

test("calls at the same time never spend more than the hard budget, however they end", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("call" as const),
      user: fc.constantFrom("ada", "bob"),
      most: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(20),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { reserve, status } = budgets({ user: { hardUsd: 100 }, total: { hardUsd: 150 } })
      const running: { most: number; settle(cost: number): void }[] = []
      for (const one of steps) {
        if (one.kind === "call") {
          try {
            running.push({ most: one.most, ...reserve({ user: one.user }, one.most) })
          } catch (error) {
            expect(error).toMatchObject({ code: "BUDGET_EXCEEDED" })
          }
        } else {
          const [ended] = running.splice(one.which % Math.max(1, running.length), 1)
          ended?.settle(ended.most * one.share)
        }
        for (const { spentUsd, reservedUsd, hardUsd } of status())
          expect(spentUsd + reservedUsd).toBeLessThanOrEqual((hardUsd ?? 0) + 1e-9)
      }
      for (const { most, settle } of running) settle(most)
      expect(status().every(({ reservedUsd }) => Math.abs(reservedUsd) < 1e-9)).toBe(true)
    }),
  )
})

test("the refusal names the budget and says until when", () => {
  const { reserve } = budgets({ project: { hardUsd: 1 } }, [{ user: "bob", project: "/p", costUsd: 0.9 }])
  expect(() => reserve(ada, 0.2)).toThrow(exceeded("project"))
  expect(() => reserve(ada, 0.2)).toThrow("/p")
  expect(() => reserve(ada, 0.2)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("2026-01-02T00:00:00.000Z") }),
  )
  reserve({ user: "ada" }, 5)
  reserve(ada, 0.1)
})

test("a refused call holds nothing", () => {
  const { reserve, status } = budgets({ user: { hardUsd: 10 }, total: { hardUsd: 1 } })
  expect(() => reserve(ada, 2)).toThrow(exceeded("total"))
  expect(status().every(({ reservedUsd }) => reservedUsd === 0)).toBe(true)
})

test("what costs nothing or has no price is never refused", () => {
  const { reserve } = budgets({ total: { hardUsd: 0 } })
  expect(() => reserve(ada, 0.01)).toThrow(exceeded("total"))
  reserve(ada, 0).settle(0)
  reserve(ada, null).settle(null)
})

test("a soft budget warns once, in the log and to whoever asks", () => {
  const { reserve, warned, lines, status } = budgets({ user: { softUsd: 1 } })
  reserve(ada, 0.6).settle(0.6)
  expect([warned.length, status()[0]?.state]).toEqual([0, "within"])
  for (let n = 0; n < 3; n++) reserve(ada, 0.6).settle(0.6)
  expect(warned).toMatchObject([{ scope: "user", who: "ada", softUsd: 1, spentUsd: 1.2 }])
  expect(lines.join()).toContain("soft budget reached")
  expect(status()[0]?.state).toBe("warned")
})

test("midnight (UTC) begins anew; what runs over it counts for the day it began", () => {
  const { reserve, clock, status } = budgets({ user: { hardUsd: 1 } })
  reserve(ada, 0.9).settle(0.9)
  const late = reserve(ada, 0.1)
  clock.advance(86_400_000)
  late.settle(0.1)
  reserve(ada, 1).settle(0.4)
  expect(status()).toMatchObject([{ spentUsd: 0.4, reservedUsd: 0 }])
})

test("someone's own budget stands in the place of everyone's", () => {
  const { reserve } = budgets({ user: { hardUsd: 1 }, users: { ada: { hardUsd: 5 } } })
  reserve(ada, 4)
  expect(() => reserve({ user: "bob" }, 4)).toThrow(exceeded("user"))
})
