import { setImmediate } from "node:timers/promises"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { Committed } from "../ports.ts"
import { appendAll, commitTo, posOf, readTo, withoutPlace } from "./sequencer-commits.ts"
import type { SequencerWorld } from "./sequencer-world.ts"

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** What `follow` promises. */
export function followingContract(world: () => SequencerWorld): void {
  test("a follower gets history and then what comes, each once and in order, while others write", async () => {
    const { sequencer, there } = world()
    const total = 600
    await appendAll(sequencer, "core", "before", range(1, 200))
    const writing = Promise.all(
      range(1, 8).map((writer) => appendAll(writer % 2 ? sequencer : there, "core", `during.${writer}`, range(1, 50))),
    )
    const readers = await Promise.all([0, 1, 100, 199, 200].map((after) => readTo(sequencer, "core", after, total)))
    await writing
    const [first] = readers
    for (const [index, after] of [0, 1, 100, 199, 200].entries()) {
      expect(readers[index]?.map(({ pos }) => pos)).toEqual(range(after + 1, total))
      expect(readers[index]).toEqual(first?.slice(after))
    }
  })

  test("many followers at different places each get everything", async () => {
    const { sequencer } = world()
    const readers = Promise.all(range(0, 29).map(() => readTo(sequencer, "core", 0, 40)))
    await appendAll(sequencer, "core", "a", range(1, 40))
    for (const seen of await readers) expect(seen.map(({ pos }) => pos)).toEqual(range(1, 40))
  })

  test("what is read is what was written, whatever it is", async () => {
    const { sequencer } = world()
    const json = fc.jsonValue({ stringUnit: "binary", depthSize: "small" }).filter(isWellFormed)
    let head = 0
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 5 }), async (items) => {
        const from = await sequencer.end("project.p")
        const [first, ...rest] = items.map((data) => ({ type: "t", v: 1, data }))
        const commit = commitTo("a", { expect: head, ...(first ? { events: [first, ...rest] } : {}) })
        head = posOf(await sequencer.append("project.p", commit))
        const [stored] = await readTo(sequencer, "project.p", from, head)
        expect(JSON.stringify(stored && withoutPlace(stored).events)).toBe(
          JSON.stringify(sortKeys(JSON.parse(JSON.stringify(commit.events)))),
        )
        expect(stored).toMatchObject({ id: commit.id, expect: commit.expect, log: "project.p", pos: head })
      }),
      { numRuns: 50 },
    )
  })

  test("the next batch waits for the sink's promise", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "core", "a", range(1, 10))
    const seen: number[] = []
    const first = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const all = Promise.withResolvers<void>()
    let calls = 0
    const following = sequencer.follow("core", 0, async (batch) => {
      calls++
      first.resolve()
      await gate.promise
      seen.push(...batch.map(({ pos }) => pos))
      if (seen.length === 15) all.resolve()
    })
    await first.promise
    await appendAll(sequencer, "core", "b", range(1, 5))
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    expect(calls).toBe(1)
    gate.resolve()
    await all.promise
    await following.stop()
    expect(seen).toEqual(range(1, 15))
  })

  test("a follower that was stopped gets no more, and stopping waits for the batch it has", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "core", "a", [1])
    let isInSink = false
    const gate = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const seen: number[] = []
    const following = sequencer.follow("core", 0, async (batch) => {
      isInSink = true
      entered.resolve()
      await gate.promise
      seen.push(...batch.map(({ pos }) => pos))
      isInSink = false
    })
    await entered.promise
    const stopping = following.stop().then(() => expect(isInSink).toBe(false))
    gate.resolve()
    await stopping
    await appendAll(sequencer, "core", "b", [1, 2])
    await readTo(sequencer, "core", 0, 3)
    expect(seen).toEqual([1])
  })

  test("a sink that throws ends its following and nobody else's", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "core", "a", [1, 2])
    const other = readTo(sequencer, "core", 0, 3)
    const following = sequencer.follow("core", 0, async () => {
      throw new Error("the sink broke")
    })
    await expect(following.done).rejects.toThrow("the sink broke")
    await following.stop()
    await appendAll(sequencer, "core", "b", [1])
    expect(await other).toHaveLength(3)
  })

  test("a follower that is further than the log is told of a regression", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "core", "a", [1, 2])
    const following = sequencer.follow("core", 7, async () => {})
    await expect(following.done).rejects.toMatchObject({ code: "LOG_SUSPECT", why: "regression", at: 7 })
  })

  test("a log can be followed before its first commit", async () => {
    const { sequencer } = world()
    const seen: Committed[] = []
    const got = Promise.withResolvers<void>()
    const following = sequencer.follow("project.new", 0, async (batch) => {
      seen.push(...batch)
      got.resolve()
    })
    await setImmediate()
    await sequencer.append("project.new", commitTo("a"))
    await got.promise
    await following.stop()
    expect(seen.map(({ pos }) => pos)).toEqual([1])
  })
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed()
  if (value === null || typeof value !== "object") return true
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member))
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== "object") return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, sortKeys(member)]))
}
