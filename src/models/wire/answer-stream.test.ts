import fc from "fast-check"
import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"
import { answerStream } from "./answer-stream.ts"
import type { Decoder } from "./decoder.ts"
import { jsonLines, type OpenFraming, serverSentEvents } from "./framing.ts"
import { wireLimits } from "./limits.ts"
import type { WireSink } from "./transport.ts"

/** Gives each event's `t` as text, ends at `end: true`. */
const decoder = (): Decoder => ({
  read(value, emit, name) {
    if (typeof value.t === "string") emit({ kind: "text", text: name + value.t })
    if (value.end === true) emit(theEnd)
  },
  finish(emit, isSaid) {
    if (isSaid) emit(theEnd)
  },
})
const usage = { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 }
const theEnd: ModelEvent = { kind: "end", finish: "stop", usage: { ...usage, isEstimated: false } }

const fault = (message: string) => new ModelError({ fault: "MODEL_FAILED", message })

/** A stream over a connection that the test plays itself. */
function played(framing: OpenFraming, limits = wireLimits, signal = new AbortController().signal) {
  const calls: string[] = []
  let sink: WireSink | undefined
  const stream = answerStream({
    send(given) {
      calls.push("send")
      sink = given
      const say = (what: string) => () => void calls.push(what)
      return { abort: say("abort"), pause: say("pause"), resume: say("resume") }
    },
    framing,
    decoder,
    faults: {
      http: (status, _, body) => fault(`http ${status} ${body}`),
      network: (error) => fault(`network ${error.message}`),
      broken: (error) => fault(`broken ${error?.message ?? ""}`),
      invalid: (what) => fault(`invalid ${what}`),
      inside: (value) => fault(`inside ${JSON.stringify(value)}`),
    },
    again: () => false,
    limits,
    clock: systemClock,
    signal,
  })
  return {
    stream,
    calls,
    sink(): WireSink {
      if (!sink) throw new Error("Nothing was sent.")
      return sink
    },
  }
}

/** What a stream gives when `bytes` come in pieces that end at `cuts`. */
async function answerOf(
  framing: OpenFraming,
  bytes: Buffer,
  cuts: readonly number[],
): Promise<(ModelEvent | string)[]> {
  const { stream, sink } = played(framing)
  const first = stream.next()
  sink().onStart(200, {})
  let from = 0
  for (const to of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    if (to > from) sink().onData(bytes.subarray(from, to))
    from = to
  }
  sink().onEnd()
  const events: (ModelEvent | string)[] = []
  try {
    for (let result = await first; !result.done; result = await stream.next()) events.push(result.value)
  } catch (error) {
    events.push(String(error))
  }
  return events
}

const word = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("ä€𝄞", "\r\n", "data: x", ": ", "🦆".repeat(9)))

test("server-sent events are the same however their bytes are cut", async () => {
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r")
  await fc.assert(
    fc.asyncProperty(fc.array(word), lineEnd, fc.array(fc.nat()), async (words, eol, cuts) => {
      const blocks = words.map((t, at) =>
        [...(at % 3 === 0 ? ["event: e"] : []), ": a comment", `data: ${JSON.stringify({ t })}`, "", ""].join(eol),
      )
      const bytes = Buffer.from(`${blocks.join("")}data: [DONE]${eol}${eol}`)
      const expected = words.map((t, at) => ({ kind: "text", text: (at % 3 === 0 ? "e" : "") + t }))
      expect(await answerOf(serverSentEvents, bytes, cuts)).toEqual([...expected, theEnd])
    }),
  )
})

test("JSON lines are the same however their bytes are cut, with or without a last line break", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word), fc.boolean(), fc.array(fc.nat()), async (words, isBroken, cuts) => {
      const lines = [...words.map((t) => JSON.stringify({ t })), JSON.stringify({ end: true })].join("\n")
      const bytes = Buffer.from(isBroken ? `${lines}\n` : lines)
      expect(await answerOf(jsonLines, bytes, cuts)).toEqual([...words.map((text) => ({ kind: "text", text })), theEnd])
    }),
  )
})

test("a stream cut at any byte before its end gives what came until then, and is a broken one", async () => {
  const words = ["one", "zwei ä", "three 🦆"]
  const whole = Buffer.from(words.map((t) => `data: ${JSON.stringify({ t })}\n\n`).join(""))
  for (let length = 0; length <= whole.length; length++) {
    const events = await answerOf(serverSentEvents, whole.subarray(0, length), [])
    expect(events.at(-1)).toBe("ModelError: broken ")
    const texts = events.slice(0, -1)
    expect(texts).toEqual(words.slice(0, texts.length).map((text) => ({ kind: "text", text })))
  }
})

test("events of one piece are all there at once, without waiting for the socket again", async () => {
  const { stream, sink } = played(serverSentEvents)
  const first = stream.next()
  sink().onStart(200, {})
  sink().onData(Buffer.from('data: {"t":"a"}\n\ndata: {"t":"b"}\n\ndata: {"t":"c"}\n\n'))
  let turns = 0
  const counting = setImmediate(() => turns++)
  const texts = [await first, await stream.next(), await stream.next()].map(({ value }) => value.text)
  clearImmediate(counting)
  expect([texts, turns]).toEqual([["a", "b", "c"], 0])
  await stream.return?.()
})

test("a reader that is slow stops the socket, and lets it go on when it has caught up", async () => {
  const { stream, sink, calls } = played(serverSentEvents)
  const first = stream.next()
  sink().onStart(200, {})
  sink().onData(Buffer.from('data: {"t":"x"}\n\n'.repeat(1000)))
  expect(calls).toEqual(["send", "pause"])
  await first
  for (let at = 1; at < 1000; at++) await stream.next()
  expect(calls).toEqual(["send", "pause", "resume"])
  await stream.return?.()
})

test("nothing is sent before the first event is asked for, and nothing at all when the reader leaves before", async () => {
  const { stream, calls } = played(serverSentEvents)
  expect(calls).toEqual([])
  await stream.return?.()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(calls).toEqual([])
})

test("a signal that fired before sends nothing and throws its reason", async () => {
  const reason = new Error("the turn was stopped")
  const { stream, calls } = played(serverSentEvents, wireLimits, AbortSignal.abort(reason))
  await expect(stream.next()).rejects.toBe(reason)
  expect(calls).toEqual([])
})

test("a reader that leaves or a signal that fires aborts the call once", async () => {
  const controller = new AbortController()
  const left = played(serverSentEvents, wireLimits, controller.signal)
  void left.stream.next()
  await left.stream.return?.()
  const cancelled = played(serverSentEvents, wireLimits, controller.signal)
  const pending = cancelled.stream.next()
  controller.abort(new Error("stop"))
  await expect(pending).rejects.toThrow("stop")
  expect(await cancelled.stream.next()).toEqual({ done: true, value: undefined })
  expect([left.calls, cancelled.calls]).toEqual([
    ["send", "abort"],
    ["send", "abort"],
  ])
})

test("what was read but not yet given is dropped when the signal fires", async () => {
  const controller = new AbortController()
  const { stream, sink } = played(serverSentEvents, wireLimits, controller.signal)
  const first = stream.next()
  sink().onStart(200, {})
  sink().onData(Buffer.from('data: {"t":"a"}\n\ndata: {"t":"b"}\n\n'))
  await first
  controller.abort()
  await expect(stream.next()).rejects.toMatchObject({ code: "CANCELLED" })
})

test("an event, a line or an answer beyond its limit is no answer", async () => {
  const limits = { ...wireLimits, eventLength: 100, answerBytes: 1000 }
  const cases = [
    [serverSentEvents, [`data: {"t":"${"x".repeat(60)}`, "x".repeat(60)], /event of more than 100/],
    [serverSentEvents, ["data: 1\n".repeat(60)], /event of more than 100/],
    [jsonLines, ["x".repeat(60), "x".repeat(60)], /event of more than 100/],
    [jsonLines, [`${"x".repeat(120)}\n`], /event of more than 100/],
    [serverSentEvents, Array(50).fill('data: {"t":"some text"}\n\n'), /answer of more than 1000 bytes/],
  ] as const
  for (const [framing, pieces, message] of cases) {
    const { stream, sink, calls } = played(framing, limits)
    const read = (async () => {
      for await (const _ of stream);
    })()
    sink().onStart(200, {})
    for (const piece of pieces) sink().onData(Buffer.from(piece))
    await expect(read).rejects.toThrow(message)
    expect(calls).toEqual(["send", "abort"])
  }
})

test("an endless body of an error is read up to its limit", async () => {
  const { stream, sink, calls } = played(serverSentEvents, { ...wireLimits, errorBytes: 10 })
  const first = stream.next()
  sink().onStart(500, {})
  sink().onData(Buffer.from("0123"))
  sink().onData(Buffer.from("456789abc"))
  await expect(first).rejects.toThrow("http 500 0123456789")
  expect(calls).toEqual(["send", "abort"])
})
