import fc from "fast-check"
import { expect, test } from "vitest"
import { asyncQueue } from "./queue.ts"

test("every item comes out once, in order, whatever the capacity", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 8 }), async (items, capacity) => {
      const queue = asyncQueue<number>({ capacity })
      const producing = (async () => {
        for (const item of items) await queue.push(item)
        queue.close()
      })()
      const seen: number[] = []
      for await (const item of queue) seen.push(item)
      await producing
      expect(seen).toEqual(items)
    }),
  )
})

test("a full queue holds its producer back until there is room", async () => {
  const queue = asyncQueue<string>({ capacity: 1 })
  await queue.push("first")
  expect(queue.offer("no room")).toBe(false)
  let pushed = false
  const waiting = queue.push("second").then(() => {
    pushed = true
  })
  await Promise.resolve()
  expect(pushed).toBe(false)
  const items = queue[Symbol.asyncIterator]()
  expect((await items.next()).value).toBe("first")
  await waiting
  expect((await items.next()).value).toBe("second")
})

test("closing delivers what is queued, refuses more and frees a waiting producer", async () => {
  const queue = asyncQueue<number>({ capacity: 1 })
  await queue.push(1)
  const refused = queue.push(2)
  queue.close()
  expect(await refused).toBe(false)
  expect(await Array.fromAsync(queue)).toEqual([1])
})

test("a failed queue throws after the items before the failure", async () => {
  const queue = asyncQueue<number>()
  await queue.push(1)
  queue.fail(new Error("the source broke"))
  const seen: number[] = []
  await expect(
    (async () => {
      for await (const item of queue) seen.push(item)
    })(),
  ).rejects.toThrow("the source broke")
  expect(seen).toEqual([1])
})

test("a producer that waits can be cancelled", async () => {
  const queue = asyncQueue<number>({ capacity: 1 })
  await queue.push(1)
  const controller = new AbortController()
  const waiting = queue.push(2, controller.signal)
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" })
  expect(queue.size).toBe(1)
})

test("a consumer that leaves early closes the queue", async () => {
  const queue = asyncQueue<number>({ capacity: 1 })
  await queue.push(1)
  for await (const _ of queue) break
  expect(await queue.push(2)).toBe(false)
})
