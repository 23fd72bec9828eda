import { getEventListeners } from "node:events"
import fc from "fast-check"
import { expect, test } from "vitest"
import { ModelError } from "../errors.ts"
import { ask, eventsOf, heardOf, never, saying, scripted, settled, start, text } from "../scripted.testing.ts"
import { concurrency } from "./concurrency.ts"
import { fairSlots } from "./fair-slots.ts"

const of = (user: string) => ask("hello", { attribution: { user } })

test("no more calls run at a time than may, and the next begins when one ends, fails or is left", async () => {
  const word = Promise.withResolvers<void>()
  const broken = new ModelError({ fault: "MODEL_FAILED", message: "down" })
  const { model, requests } = scripted(
    [start(), () => word.promise, ...saying("a").slice(1)],
    [start(), broken],
    saying("left"),
    saying("d"),
  )
  const call = concurrency({ limit: 1 })(model)
  const first = eventsOf(call(of("a"), never()))
  const second = heardOf(call(of("a"), never()))
  const third = call(of("a"), never())[Symbol.asyncIterator]()
  const started = third.next()
  const fourth = eventsOf(call(of("a"), never()))
  await settled()
  expect(requests).toHaveLength(1)
  word.resolve()
  await first
  expect((await second).error).toBe(broken)
  await started
  await settled()
  expect(requests).toHaveLength(3)
  await third.return?.()
  expect(await fourth).toEqual(saying("d"))
})

test("the slot is free with the `end`, though the reader asks no further", async () => {
  const { model } = scripted(saying("a"))
  const call = concurrency({ limit: 1 })(model)
  const events = call(ask(), never())[Symbol.asyncIterator]()
  while ((await events.next()).value?.kind !== "end");
  expect(await eventsOf(call(ask(), never()))).toEqual(saying("a"))
})

test("the slot is free when the signal fires, though the reader never comes back", async () => {
  const { model } = scripted([start(), text("a"), text("b")], saying("next"))
  const call = concurrency({ limit: 1 })(model)
  const controller = new AbortController()
  await call(ask(), controller.signal)[Symbol.asyncIterator]().next()
  controller.abort()
  expect(await eventsOf(call(ask(), never()))).toEqual(saying("next"))
})

test("when a call is over nothing listens to the reader's signal any more", async () => {
  const { model } = scripted(saying("a"))
  const signal = never()
  const call = concurrency({ limit: 1 })(model)
  await Promise.all([eventsOf(call(ask(), signal)), eventsOf(call(ask(), signal))])
  expect(getEventListeners(signal, "abort")).toEqual([])
})

test("when too many wait, the next one is refused at once", async () => {
  const { model, requests } = scripted([start(), () => new Promise(() => {})])
  const call = concurrency({ limit: 1, maxWaiting: 1 })(model)
  const controller = new AbortController()
  const running = heardOf(call(ask(), controller.signal))
  const waiting = heardOf(call(ask(), controller.signal))
  await settled()
  expect((await heardOf(call(ask(), never()))).error).toMatchObject({ fault: "LIMIT_REACHED", status: 429 })
  controller.abort()
  await Promise.all([running, waiting])
  expect(requests).toHaveLength(1)
})

test("one who cancels a wait leaves the queue, and the others keep their turns", async () => {
  const slots = fairSlots({ limit: 1, maxWaiting: 10 })
  const release = await slots.take("a", never())
  const controller = new AbortController()
  const gone = slots.take("b", controller.signal)
  const stays = slots.take("c", never())
  controller.abort()
  await expect(gone).rejects.toMatchObject({ code: "CANCELLED" })
  expect(slots.waiting).toBe(1)
  release()
  release()
  await stays
  expect(slots.running).toBe(1)
})

test("whoever waits is served before anyone else is served twice, and in order for oneself", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ owner: fc.constantFrom("a", "b", "c", "d"), cancels: fc.boolean() }), { maxLength: 30 }),
      async (limit, asked) => {
        const slots = fairSlots({ limit, maxWaiting: 100 })
        const held = await Promise.all(Array.from({ length: limit }, () => slots.take("holder", never())))
        const served: { owner: string; at: number }[] = []
        const open: (() => void)[] = [...held]
        asked.forEach(({ owner, cancels }, at) => {
          const controller = new AbortController()
          slots.take(owner, controller.signal).then(
            (release) => {
              served.push({ owner, at })
              open.push(release)
            },
            () => {},
          )
          if (cancels) controller.abort()
        })
        const waiting = asked.map((one, at) => ({ ...one, at })).filter(({ cancels }) => !cancels)
        await settled()
        for (let release = open.shift(); release; release = open.shift()) {
          release()
          await settled()
          expect(slots.running).toBeLessThanOrEqual(limit)
        }
        expect(served.map(({ at }) => at).sort((a, b) => a - b)).toEqual(waiting.map(({ at }) => at))
        for (const owner of ["a", "b", "c", "d"]) {
          const own = served.filter((one) => one.owner === owner).map(({ at }) => at)
          expect(own).toEqual([...own].sort((a, b) => a - b))
          // Between two turns of one owner, everyone else who waits has had one.
          served.forEach((one, index) => {
            const next = served.findIndex((other, later) => later > index && other.owner === one.owner)
            if (one.owner !== owner || next < 0) return
            const still = new Set(served.slice(next).map((other) => other.owner))
            const between = new Set(served.slice(index, next).map((other) => other.owner))
            for (const other of still) expect(between.has(other)).toBe(true)
          })
        }
        expect([slots.running, slots.waiting]).toEqual([0, 0])
      },
    ),
    { numRuns: 60 },
  )
})
