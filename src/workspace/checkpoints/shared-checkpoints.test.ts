import { setImmediate as nextTurn } from "node:timers/promises"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { by, projectWith } from "./checkpoints.testing.ts"
import { sharedCheckpoints } from "./shared-checkpoints.ts"

/** Counts what is opened and closed. */
async function shared(idleMs = 1000) {
  const project = await projectWith({ "a.txt": "a" })
  const counts = { opened: 0, closed: 0, failures: 0 }
  const clock = manualClock()
  const all = sharedCheckpoints({
    ...{ clock, idleMs, dataFolder: project.data, fabric: project.fabric },
    async open() {
      if (counts.failures-- > 0) throw new Error("no room")
      const checkpoints = await project.open()
      counts.opened += 1
      return {
        ...checkpoints,
        async close() {
          counts.closed += 1
          await checkpoints.close()
        },
      }
    },
  })
  return { all, counts, clock, place: { id: "test", root: project.root } }
}

test("those who use a project at the same time, and one after the other, share one open store", async () => {
  const { all, counts, place, clock } = await shared()
  const made = await Promise.all([1, 2].map((n) => all.use(place, (one) => one.create(String(n), by))))
  expect(made.map(({ number }) => number).sort()).toEqual([1, 2])
  expect(await all.use(place, async ({ find }) => find("last").number)).toBe(2)
  expect(counts).toMatchObject({ opened: 1, closed: 0 })
  await all.close()
  expect(counts).toMatchObject({ opened: 1, closed: 1 })
  expect(clock.sleepers()).toBe(0)
  await expect(all.use(place, async () => 1)).rejects.toMatchObject({ code: "UNAVAILABLE" })
})

test("one that nobody uses for a while is closed, and not while somebody does", async () => {
  const { all, counts, clock, place } = await shared()
  await all.use(place, (one) => one.create("one", by))
  clock.advance(999)
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const long = all.use(place, async (one) => {
    begun.resolve()
    await gate.promise
    return one.create("two", by)
  })
  await begun.promise
  clock.advance(5000)
  gate.resolve()
  expect((await long).number).toBe(2)
  expect(counts.closed).toBe(0)
  clock.advance(1000)
  await nextTurn()
  expect(await all.use(place, async ({ find }) => find("last").number)).toBe(2)
  expect(counts).toMatchObject({ opened: 2, closed: 1 })
  await all.close()
})

test("a store that could not be opened is opened by the next", async () => {
  const { all, counts, place } = await shared()
  counts.failures = 1
  await expect(all.use(place, async () => 1)).rejects.toThrow("no room")
  expect(await all.use(place, async () => 2)).toBe(2)
  await expect(
    all.use(place, async () => {
      throw new Error("the work failed")
    }),
  ).rejects.toThrow("the work failed")
  expect(counts.opened).toBe(1)
  await all.close()
})
