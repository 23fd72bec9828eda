import { expect, test } from "vitest"
import { below, seededRandom } from "./random.ts"

test("the same seed gives the same numbers, another seed others", () => {
  const take = (seed: number) => Array.from({ length: 20 }, seededRandom(seed))
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
})

test("numbers below a limit reach all of it and nothing else", () => {
  const random = seededRandom(1)
  const seen = new Set(Array.from({ length: 500 }, () => below(random, 6)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
})
