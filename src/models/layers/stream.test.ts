import { expect, test } from "vitest"
import { ask, end, heardOf, never, type Step, saying, scripted, settled, start, text } from "../scripted.testing.ts"
import { type Closing, type Events, innerCall, lazily, read, spoken, watched } from "./stream.ts"

const streamOf = (...steps: Step[]) => {
  const script = scripted(steps)
  return { inner: read(script.model(ask(), never())), running: script.running }
}

test("a stream that is left before it is read asks nobody", async () => {
  let isOpened = false
  const events = read(
    lazily(() => {
      isOpened = true
      return streamOf(...saying("a")).inner
    }),
  )
  await events.return?.()
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(isOpened).toBe(false)
})

test("a stream that is left while it is being opened is ended when it is", async () => {
  const opening = Promise.withResolvers<Events>()
  const events = read(lazily(() => opening.promise))
  const first = events.next()
  await events.return?.()
  let isReturned = false
  opening.resolve({
    next: () => Promise.reject(new Error("read on")),
    async return() {
      isReturned = true
      return { done: true, value: undefined }
    },
  })
  expect(await first).toEqual({ done: true, value: undefined })
  expect(isReturned).toBe(true)
})

test("a watcher hears once how a stream came to its end", async () => {
  const endings: Closing[] = []
  const closed = (closing: Closing) => endings.push(closing)
  const broken = new Error("broken")
  for (const steps of [saying("a"), [start(), broken], [start(), text("a")]]) {
    const { inner } = streamOf(...steps)
    await heardOf({ [Symbol.asyncIterator]: () => watched(inner, { closed }) })
  }
  const left = watched(streamOf(...saying("a")).inner, { closed })
  await left.next()
  await left.return?.()
  await left.return?.()
  expect(endings).toEqual([
    { how: "ended" },
    { how: "failed", error: broken },
    { how: "failed", error: expect.objectContaining({ fault: "MODEL_STREAM_BROKEN" }) },
    { how: "left" },
  ])
})

test("a stream that stops without an end is a broken one", async () => {
  const { inner } = streamOf(start(), text("a"))
  const heard = await heardOf({ [Symbol.asyncIterator]: () => watched(inner, {}) })
  expect(heard.error).toMatchObject({ fault: "MODEL_STREAM_BROKEN" })
  expect(heard.events).toHaveLength(2)
})

test("what has spoken gives all its events, from the first", async () => {
  const steps = [start(), text("a"), text("b"), end()]
  const events = await spoken(streamOf(...steps).inner)
  expect((await heardOf({ [Symbol.asyncIterator]: () => events })).events).toEqual(steps)
})

test("what has spoken and is left gives nothing more and ends the call", async () => {
  const { inner, running } = streamOf(...saying("a"))
  const events = await spoken(inner)
  expect(running()).toBe(1)
  await events.return?.()
  expect(running()).toBe(0)
  expect(await events.next()).toMatchObject({ done: true })
})

test("an inner call ends with the outer one, and alone, and no more once it is released", async () => {
  const outer = new AbortController()
  const [follows, alone, released] = [innerCall(outer.signal), innerCall(outer.signal), innerCall(outer.signal)]
  alone.abort()
  released.release()
  expect([follows.signal.aborted, alone.signal.aborted]).toEqual([false, true])
  outer.abort(new Error("why"))
  await settled()
  expect(follows.signal.reason).toMatchObject({ message: "why" })
  expect(released.signal.aborted).toBe(false)
  expect(innerCall(outer.signal).signal.aborted).toBe(true)
})
