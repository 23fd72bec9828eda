import fc from "fast-check"
import { expect, test } from "vitest"
import { eventStream, type ServerSentEvent } from "./event-stream.ts"

async function eventsOf(chunks: readonly string[]): Promise<ServerSentEvent[]> {
  async function* each() {
    yield* chunks
  }
  return Array.fromAsync(eventStream(each()))
}

test("events are read with their names, and data of several lines is joined", async () => {
  const text = 'event: progress\ndata: {"n":1}\n\n: a comment\nid: 7\ndata:one\ndata: two\n\n'
  expect(await eventsOf([text])).toEqual([
    { event: "progress", data: '{"n":1}' },
    { event: "message", data: "one\ntwo" },
  ])
})

test("an event that the end of the stream cut off is dropped", async () => {
  expect(await eventsOf(["event: result\ndata: {}\n"])).toEqual([])
})

test("where the chunks are cut and how lines end does not matter", async () => {
  const word = fc.string({ unit: fc.constantFrom("a", "ü", ":", " ", "{", '"', "é"), maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ event: word.map((w) => `e${w.trim()}`), data: fc.array(word, { minLength: 1, maxLength: 3 }) }),
      ),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(fc.nat(40), { maxLength: 20 }),
      async (events, newline, cuts) => {
        const text = events
          .map(({ event, data }) => [`event: ${event}`, ...data.map((line) => `data: ${line}`), "", ""].join(newline))
          .join("")
        const chunks: string[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(text.slice(at, at + cut))
          at += cut
        }
        // A lone \r at the very end may be half of \r\n; a stream goes on with another line.
        chunks.push(text.slice(at), ": end\n")
        expect(await eventsOf(chunks)).toEqual(events.map(({ event, data }) => ({ event, data: data.join("\n") })))
      },
    ),
  )
})
