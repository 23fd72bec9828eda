import fc from "fast-check"
import { expect, test } from "vitest"
import { isId, newId, timeOfId } from "./ids.ts"

test("ids made one after the other sort in the order they were made, within one millisecond too", () => {
  const ids = Array.from({ length: 5000 }, () => newId(1_700_000_000_000))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test("an id carries the time it was made at", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), (step) => {
      const nowMs = Date.UTC(2030, 0, 1) + step
      expect(timeOfId(newId(nowMs))).toBeGreaterThanOrEqual(nowMs)
    }),
  )
})

test("a clock that goes back does not put ids out of order", () => {
  const later = newId(Date.UTC(2040, 0, 2))
  const afterwards = newId(Date.UTC(2040, 0, 1))
  expect(afterwards > later).toBe(true)
})

test("only ULIDs are ids", () => {
  expect(isId(newId())).toBe(true)
  for (const other of ["", "1234", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", newId().toLowerCase(), `${newId()}0`])
    expect(isId(other)).toBe(false)
})
