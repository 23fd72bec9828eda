import fc from "fast-check"
import { expect, test } from "vitest"
import { estimateTokens } from "../../base/tokens.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { gatherer } from "./gather.ts"
import { pack } from "./pack.ts"

const words = (n: number, word = "word") => Array.from({ length: n }, (_, i) => `${word}${i}`).join(" ")
const item = (id: string, more: Partial<ContextItem> = {}): ContextItem => ({
  id,
  source: "code",
  title: id,
  text: words(100, id),
  score: 0.5,
  why: "",
  ...more,
})
const need: ContextNeed = { task: "t", engine: "explain", paths: [], symbols: [], user: "u" }
const never = new AbortController().signal

test("what fits goes in whole", async () => {
  const { items, left } = await pack([item("a"), item("b")], 10_000)
  expect(items.map(({ id, form }) => [id, form])).toEqual([
    ["a", "whole"],
    ["b", "whole"],
  ])
  expect(left).toEqual([])
})

test("what matters more goes in first, and what is left out says why", async () => {
  const all = [item("low", { score: 0.2 }), item("high", { score: 0.9 }), item("none", { score: 0.001 })]
  const one = estimateTokens(words(100, "high")) + 20
  const { items, left } = await pack(all, one)
  expect(items.map(({ id }) => id)).toEqual(["high"])
  expect(left.map(({ id, reason }) => [id, reason])).toEqual([
    ["low", "there is no room for it"],
    ["none", "it matters too little"],
  ])
})

test("shorter forms let more in, the more important the fuller", async () => {
  const shorter = [{ form: "outline" as const, text: () => words(10) }]
  const all = [
    item("a", { score: 0.9, shorter }),
    item("b", { score: 0.8, shorter }),
    item("c", { score: 0.7, shorter }),
  ]
  const whole = estimateTokens(words(100, "a")) + 12
  const { items } = await pack(all, whole + 120)
  expect(items.map(({ id, form }) => [id, form])).toEqual([
    ["a", "whole"],
    ["b", "outline"],
    ["c", "outline"],
  ])
})

test("shorter forms are not made where there is room", async () => {
  const text = () => {
    throw new Error("made")
  }
  await expect(pack([item("a", { shorter: [{ form: "outline", text }] })], 10_000)).resolves.toBeDefined()
})

test("what is pinned goes in before all else, at its shortest where it must, and is never left out", async () => {
  const shorter = [{ form: "signatures" as const, text: () => words(20) }]
  const pinned = item("p", { score: 0.1, isPinned: true, shorter })
  const { items } = await pack([item("a", { score: 1 }), pinned], 100)
  expect(items.map(({ id, form }) => [id, form])).toEqual([["p", "signatures"]])
  await expect(pack([pinned], 30)).rejects.toMatchObject({ code: "CONTEXT_TOO_SMALL" })
})

test("the same thing goes in once: by id, by text, by the lines it stands in", async () => {
  const at = (startLine: number, endLine: number) => ({ path: "a.ts", startLine, endLine })
  const { items, left } = await pack(
    [
      item("a", { score: 0.9 }),
      item("a", { score: 0.4, text: "another text" }),
      item("copy", { score: 0.3, text: words(100, "a") }),
      item("file", { score: 0.6, place: at(1, 50) }),
      item("part", { score: 0.5, place: at(10, 20) }),
      item("beyond", { score: 0.5, place: at(45, 60) }),
    ],
    10_000,
  )
  expect(items.map(({ id }) => id)).toEqual(["a", "file", "beyond"])
  expect(left.map(({ reason }) => reason)).toEqual(["file says the same", "a says the same", "a says the same"])
})

test("the budget is never passed, and a larger one never holds less worth", async () => {
  const items = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 200 }), score: fc.double({ min: 0.03, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 0, max: 2_000 }), async (made, budget) => {
      const all = made.map(({ size, score }, i) =>
        item(`i${i}`, {
          score,
          text: words(size, `w${i}x`),
          shorter: [{ form: "outline", text: () => words(Math.ceil(size / 4), `w${i}x`) }],
        }),
      )
      const packed = await pack(all, budget)
      expect(packed.tokens).toBeLessThanOrEqual(budget)
      expect(packed.items.length + packed.left.length).toBe(all.length)
      const whole = await pack(all, 1_000_000)
      expect(whole.items.every(({ form }) => form === "whole")).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test("sources are asked at once; one that fails or never answers is left out and said, and told to stop", async () => {
  const stopped = new AbortController()
  const sources: ContextSource[] = [
    { name: "good", gather: async () => [item("a", { source: "good", score: 0.3 }), item("b", { source: "good" })] },
    {
      name: "broken",
      gather: async () => {
        throw new Error("out of order")
      },
    },
    {
      name: "stuck",
      gather: (_, signal) => new Promise(() => signal.addEventListener("abort", () => stopped.abort(), { once: true })),
    },
    { name: "unwanted", gather: async () => [item("x")] },
  ]
  const packed = await gatherer(sources)(
    { ...need, sources: ["good", "broken", "stuck"] },
    { budgetTokens: 10_000, withinMs: 20, signal: never },
  )
  expect(packed.items.map(({ id }) => id)).toEqual(["b", "a"])
  expect(packed.sources).toMatchObject([
    { name: "good", items: 2 },
    { name: "broken", problem: expect.stringContaining("out of order") },
    { name: "stuck", problem: "it was not ready in time" },
  ])
  expect(stopped.signal.aborted).toBe(true)
})

test("items stand in the order of their sources, so that what does not change stays in front", async () => {
  const sources: ContextSource[] = ["rules", "code"].map((name) => ({
    name,
    gather: async () => [item(`${name}-1`, { source: name, score: name === "rules" ? 0.1 : 0.9 })],
  }))
  const packed = await gatherer(sources)(need, { budgetTokens: 10_000, withinMs: 1_000, signal: never })
  expect(packed.items.map(({ source }) => source)).toEqual(["rules", "code"])
})

test("whoever cancels gets no context", async () => {
  const sources: ContextSource[] = [{ name: "stuck", gather: () => new Promise(() => {}) }]
  const signal = AbortSignal.abort(new Error("gone"))
  await expect(gatherer(sources)(need, { budgetTokens: 10, withinMs: 1_000, signal })).rejects.toThrow("gone")
})
