import fc from "fast-check"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import { ask, end, eventsOf, heardOf, never, saying, scripted, settled, start, text } from "../scripted.testing.ts"
import { buckets } from "./buckets.ts"
import { rateLimit } from "./rate-limit.ts"

const perUser = {
  key: ({ attribution }: { attribution: { user: string } }) => attribution.user,
  countTokens: () => 100,
}

test("a user over the limit of requests waits for a turn, and others do not", async () => {
  const clock = manualClock()
  const { model, requests } = scripted(saying("yes"))
  const call = rateLimit({ ...perUser, requestsPerMinute: 2, maxWaitMs: 60_000, clock })(model)
  await eventsOf(call(ask(), never()))
  await eventsOf(call(ask(), never()))
  const third = eventsOf(call(ask(), never()))
  await eventsOf(call(ask("hi", { attribution: { user: "ben" } }), never()))
  expect(requests).toHaveLength(3)
  await settled()
  clock.advance(29_999)
  await settled()
  expect(requests).toHaveLength(3)
  clock.advance(1)
  await third
  expect(requests).toHaveLength(4)
})

test("a wait that would be too long is refused, with when to come back", async () => {
  const { model } = scripted(saying("yes"))
  const call = rateLimit({ ...perUser, requestsPerMinute: 1, maxWaitMs: 10_000, clock: manualClock() })(model)
  await eventsOf(call(ask(), never()))
  const { error } = await heardOf(call(ask(), never()))
  expect(error).toMatchObject({ fault: "LIMIT_REACHED", retryAfterMs: 60_000 })
})

test("the tokens of a call are corrected by what its end says", async () => {
  const clock = manualClock()
  const { model } = scripted(
    [start(), text("a"), end({ inputTokens: 10, outputTokens: 10 })],
    [start(), text("b"), end({ inputTokens: 300, outputTokens: 80 })],
    saying("c"),
  )
  const call = rateLimit({ ...perUser, tokensPerMinute: 400, maxWaitMs: 0, clock })(model)
  // 400 - 20 used, then - 380 used: 100 estimated would have left 200.
  await eventsOf(call(ask(), never()))
  await eventsOf(call(ask(), never()))
  expect((await heardOf(call(ask(), never()))).error).toMatchObject({ retryAfterMs: 15_000 })
})

test("a call that failed before it said anything gives its tokens back; one that broke off does not", async () => {
  const down = new ModelError({ fault: "MODEL_FAILED", message: "down" })
  const { model } = scripted([down], [start(), text("half"), down], saying("no"))
  const call = rateLimit({ ...perUser, tokensPerMinute: 150, maxWaitMs: 0, clock: manualClock() })(model)
  expect((await heardOf(call(ask(), never()))).error).toBe(down)
  expect((await heardOf(call(ask(), never()))).error).toBe(down)
  expect((await heardOf(call(ask(), never()))).error).toMatchObject({ fault: "LIMIT_REACHED" })
})

test("a cancelled wait takes nothing", async () => {
  const clock = manualClock()
  const limits = buckets({ requestsPerMinute: 1, maxWaitMs: 60_000, clock })
  await limits.take("a", 0, never())
  const controller = new AbortController()
  const waiting = limits.take("a", 0, controller.signal)
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" })
  clock.advance(60_000)
  await limits.take("a", 0, never())
})

test("what is given back late fills a bucket to its brim and no further", async () => {
  const clock = manualClock()
  const limits = buckets({ tokensPerMinute: 100, maxWaitMs: 0, clock })
  const settle = await limits.take("a", 100, never())
  clock.advance(60_000)
  settle(0)
  await limits.take("a", 100, never())
  await expect(limits.take("a", 1, never())).rejects.toMatchObject({ fault: "LIMIT_REACHED" })
})

test("a call of more tokens than a minute allows takes all of a minute and is not refused forever", async () => {
  const clock = manualClock()
  const limits = buckets({ tokensPerMinute: 100, maxWaitMs: 0, clock })
  await limits.take("a", 1_000_000, never())
  await expect(limits.take("a", 1, never())).rejects.toMatchObject({ fault: "LIMIT_REACHED" })
})

test("in no stretch of time more is let through than a full bucket and what flowed in", async () => {
  const call = fc.record({ tokens: fc.integer({ min: 0, max: 150 }), afterMs: fc.integer({ min: 0, max: 40_000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 40 }), async (calls) => {
      const clock = manualClock(0)
      const limits = buckets({ requestsPerMinute: 6, tokensPerMinute: 100, maxWaitMs: 90_000, clock })
      const granted: { at: number; tokens: number }[] = []
      for (const { tokens, afterMs } of calls) {
        for (let passed = 0; passed < afterMs; passed += 1000) {
          clock.advance(Math.min(1000, afterMs - passed))
          await settled()
        }
        limits.take("a", tokens, never()).then(
          () => granted.push({ at: clock.now(), tokens: Math.min(tokens, 100) }),
          () => {},
        )
        await settled()
      }
      granted.forEach((from, first) => {
        granted.slice(first).forEach((to, length) => {
          // The clock of this test moves by a second, and whoever is due within it is woken at its end.
          const minutes = (to.at - from.at + 1000) / 60_000
          const used = granted.slice(first, first + length + 1).reduce((sum, { tokens }) => sum + tokens, 0)
          expect(length + 1).toBeLessThanOrEqual(6 + 6 * minutes + 1e-6)
          expect(used).toBeLessThanOrEqual(100 + 100 * minutes + 1e-6)
        })
      })
    }),
    { numRuns: 50 },
  )
})

test("keys that have not been used for long are forgotten", async () => {
  const clock = manualClock()
  const limits = buckets({ requestsPerMinute: 1, maxWaitMs: 0, clock })
  for (let key = 0; key < 5000; key++) {
    await limits.take(`user ${key}`, 0, never())
    clock.advance(1000)
  }
  await expect(limits.take("user 4999", 0, never())).rejects.toMatchObject({ fault: "LIMIT_REACHED" })
  await limits.take("user 0", 0, never())
})
