import { expect, test } from "vitest"
import type { Committed } from "./ports.ts"
import { noUpcasting, upcasting } from "./upcast.ts"

const read = upcasting({
  "note.added": [(data) => ({ text: data }), (data) => ({ ...(data as object), tags: [] })],
  "note.removed": [],
})

test("each older version goes through every step to the newest", () => {
  const newest = { type: "note.added", v: 3, data: { text: "hi", tags: [] } }
  expect(read.event({ type: "note.added", v: 1, data: "hi" })).toEqual(newest)
  expect(read.event({ type: "note.added", v: 2, data: { text: "hi" } })).toEqual(newest)
  expect(read.event(newest)).toBe(newest)
})

test("types that are not named are taken as they are", () => {
  const event = { type: "other", v: 7, data: 1 }
  expect(read.event(event)).toBe(event)
  expect(noUpcasting.event(event)).toBe(event)
})

test("a version from the future is refused by name", () => {
  const future = { type: "note.removed", v: 2, data: 1 }
  expect(() => read.event(future)).toThrow(expect.objectContaining({ code: "EVENT_TOO_NEW" }))
})

test("a commit is upcast as a whole, keeps its place, and the stored one does not change", () => {
  const commit: Committed = {
    id: "01J00000000000000000000000",
    stream: "s",
    expect: 0,
    log: "core",
    pos: 4,
    meta: { actor: "a", node: "n", epoch: 0, at: "" },
    events: [
      { type: "note.added", v: 1, data: "hi" },
      { type: "other", v: 1, data: 1 },
    ],
  }
  const before = structuredClone(commit)
  expect(read.commit(commit)).toEqual({
    ...commit,
    events: [
      { type: "note.added", v: 3, data: { text: "hi", tags: [] } },
      { type: "other", v: 1, data: 1 },
    ],
  })
  expect(commit).toEqual(before)
  const current = read.commit(commit)
  expect(read.commit(current)).toBe(current)
})
