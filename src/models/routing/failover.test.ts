import fc from "fast-check"
import { expect, test } from "vitest"
import type { ModelEvent, ModelRequest } from "../model.ts"
import { ask, end, eventsOf, heardOf, never, type Step, start, text, textOf, toolCall } from "../scripted.testing.ts"
import type { Target } from "../target.ts"
import { type FailoverOptions, failover } from "./failover.ts"
import { isRepeat } from "./seam.ts"
import { fault, following, target } from "./targets.testing.ts"

const over = (targets: readonly { readonly target: Target }[], more: Partial<FailoverOptions> = {}) =>
  failover({ targets: () => targets.map((one) => one.target), countTokens: () => 100, costOf: () => 0.01, ...more })

const hear = (
  targets: readonly { readonly target: Target }[],
  request: ModelRequest = ask(),
  more?: Partial<FailoverOptions>,
) => heardOf(over(targets, more)(request, never()))

const broken = fault("MODEL_STREAM_BROKEN")
const says = (provider: string, ...words: string[]): Step[] => [
  start(provider),
  ...words.map(text),
  end({ inputTokens: 7, outputTokens: 3 }),
]
const restart = (provider: string, why: string): ModelEvent => ({ kind: "restart", provider, model: "m", why })

test("one that fails before it says anything is followed by the next, and the reader sees only that", async () => {
  const first = following("a", [start("a"), fault("MODEL_OVERLOADED")])
  const second = following("b", says("b", "yes"))
  const request = ask("hello", { model: "wanted" })
  const { events, error } = await hear([first, second], request)
  expect(error).toBeUndefined()
  expect(events).toEqual([start("b"), text("yes"), expect.objectContaining({ kind: "end" })])
  expect(second.requests).toEqual([{ ...request, model: "m" }])
})

test("an answer that breaks off is continued by the next model from where it stopped", async () => {
  const first = following("a", [start("a"), text("It takes the lock "), text("and waits"), broken])
  const second = following("b", says("b", " for all."))
  const { events, error } = await hear([first, second], ask("what?", { maxOutputTokens: 100 }))
  expect(error).toBeUndefined()
  expect(events.map(({ kind }) => kind)).toEqual(["start", "text", "text", "restart", "text", "end"])
  expect(events[3]).toEqual(restart("b", "MODEL_STREAM_BROKEN"))
  expect(textOf(events)).toBe("It takes the lock and waits for all.")
  const { messages, maxOutputTokens } = second.requests[0] ?? ask()
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"])
  expect(messages[1]?.parts).toEqual([{ kind: "text", text: "It takes the lock and waits" }])
  expect(maxOutputTokens).toBe(93)
})

test("what the next model says again is not shown again", async () => {
  const first = following("a", [start("a"), text("It takes the lock and waits"), broken])
  const second = following("b", says("b", "It takes the", " lock and waits", " for all."))
  expect(textOf((await hear([first, second])).events)).toBe("It takes the lock and waits for all.")
})

test("the tokens and the cost of what broke off are in the end, estimated; what was refused cost nothing", async () => {
  const refused = following("a", [fault("MODEL_RATE_LIMITED")])
  const first = following("b", [start("b"), text("12345678"), broken])
  const second = following("c", says("c", "9"))
  const { events } = await hear([refused, first, second], ask(), { costOf: (provider) => (provider === "b" ? 2 : 1) })
  expect(events.at(-1)).toMatchObject({
    usage: { inputTokens: 107, outputTokens: 5, isEstimated: true },
    costUsd: 3,
  })
})

test("an unknown price makes the whole cost unknown", async () => {
  const first = following("a", [start("a"), text("1"), broken])
  const { events } = await hear([first, following("b", says("b", "2"))], ask(), { costOf: () => null })
  expect(events.at(-1)).toMatchObject({ costUsd: null })
})

test("an answer that needed nobody else is handed on as it is", async () => {
  const first = following("a", says("a", "yes"))
  expect(await eventsOf(over([first])(ask(), never()))).toEqual(says("a", "yes"))
})

test("a stream that broke after a whole tool call ends the turn there: it is never asked for again", async () => {
  const first = following("a", [
    start("a"),
    text("Let me look."),
    toolCall(0, "look"),
    { kind: "tool-delta", index: 1, id: "call-1", name: "write", text: '{"pa' },
    broken,
  ])
  const second = following("b", says("b", "never"))
  const { events, error } = await hear([first, second])
  expect(error).toBeUndefined()
  expect(events.at(-1)).toMatchObject({ kind: "end", finish: "tool-calls", usage: { inputTokens: 100 }, costUsd: 0.01 })
  expect(events.filter(({ kind }) => kind === "tool-call")).toHaveLength(1)
  expect(second.requests).toHaveLength(0)
})

test("a tool call that was only begun is void, and asked for again", async () => {
  const first = following("a", [
    start("a"),
    { kind: "tool-delta", index: 0, id: "x", name: "look", text: '{"pa' },
    broken,
  ])
  const second = following("b", [start("b"), toolCall(0, "look"), end({}, "tool-calls")])
  const { events } = await hear([first, second])
  expect(events.map(({ kind }) => kind)).toEqual(["start", "tool-delta", "restart", "tool-call", "end"])
  expect(second.requests[0]?.messages).toHaveLength(1)
})

test("thoughts alone are no text to continue: the next model is asked anew", async () => {
  const first = following("a", [start("a"), { kind: "reasoning", text: "hm" }, broken])
  const second = following("b", says("b", "yes"))
  const { events } = await hear([first, second])
  expect(events.map(({ kind }) => kind)).toEqual(["start", "reasoning", "restart", "text", "end"])
  expect(second.requests[0]?.messages).toHaveLength(1)
})

test("JSON is asked anew while nothing of it was shown, and fails when a part was", async () => {
  const output = { name: "answer", schema: {} }
  const second = following("b", says("b", "{}"))
  const early = await hear([following("a", [start("a"), broken]), second], ask("", { output }))
  expect(textOf(early.events)).toBe("{}")
  const late = await hear([following("a", [start("a"), text('{"a'), broken]), second], ask("", { output }))
  expect(late.error).toMatchObject({ fault: "MODEL_STREAM_BROKEN" })
  expect(second.requests).toHaveLength(1)
})

test("without another model the one that broke off is itself asked to continue, once", async () => {
  const only = following(
    "a",
    [start("a"), text("one, "), broken],
    [start("a"), text("two, "), broken],
    says("a", "three"),
  )
  const once = await hear([only])
  expect(textOf(once.events)).toBe("one, two, ")
  expect(once.error).toBe(broken)
  expect(only.requests).toHaveLength(2)
  const again = following(
    "a",
    [start("a"), text("one, "), broken],
    [start("a"), text("two, "), broken],
    says("a", "three"),
  )
  expect(textOf((await hear([again], ask(), { resumes: 2 })).events)).toBe("one, two, three")
})

test("one that broke off is asked to continue when all others failed too", async () => {
  const first = following("a", [start("a"), text("one, "), broken], says("a", "two"))
  const second = following("b", [fault("MODEL_UNAUTHORIZED")])
  const { events, error } = await hear([first, second])
  expect(error).toBeUndefined()
  expect(textOf(events)).toBe("one, two")
})

test("one that refused half-way is not asked to continue what it refused", async () => {
  const refused = fault("CONTENT_REFUSED")
  const only = following("a", [start("a"), text("one, "), refused])
  expect((await hear([only])).error).toBe(refused)
  expect(only.requests).toHaveLength(1)
})

test("text that was held back as a possible repeat comes before the tool call that follows it", async () => {
  const first = following("a", [start("a"), text("It takes the lock. "), broken])
  const second = following("b", [start("b"), text("It t"), toolCall(0, "look"), end({}, "tool-calls")])
  const { events } = await hear([first, second])
  expect(events.slice(2)).toEqual([
    restart("b", "MODEL_STREAM_BROKEN"),
    text("It t"),
    toolCall(0, "look"),
    expect.objectContaining({ kind: "end" }),
  ])
})

test("the prompt of one that was silent too long is booked", async () => {
  const { events } = await hear([following("a", [fault("MODEL_TIMEOUT")]), following("b", says("b", "yes"))])
  expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 107, outputTokens: 3 } })
})

test("when all fail, one error names each of them, with the code of the last that was asked", async () => {
  const { error } = await hear([
    following("a", [fault("MODEL_RATE_LIMITED", 9000)]),
    following("b", [fault("MODEL_UNREACHABLE")]),
    following("c", [fault("MODEL_RESTING", 4000)]),
  ])
  expect(error).toMatchObject({
    fault: "MODEL_UNREACHABLE",
    retryAfterMs: 4000,
    message:
      "None of 3 models answered. a/m: It said MODEL_RATE_LIMITED. b/m: It said MODEL_UNREACHABLE. c/m: It said MODEL_RESTING.",
    details: { attempts: [{ provider: "a" }, { fault: "MODEL_UNREACHABLE" }, { provider: "c" }] },
  })
})

test.each(["MODEL_UNAUTHORIZED", "CONTEXT_TOO_LONG", "MODEL_RESTING"] as const)(
  "%s of the only model stays what it is",
  async (code) => {
    const only = fault(code)
    expect((await hear([following("a", [only])])).error).toBe(only)
  },
)

test("a request that nobody would take goes to nobody else; one model's own limit does", async () => {
  const second = following("b", says("b", "yes"))
  const { error } = await hear([following("a", [fault("MODEL_REQUEST_INVALID")]), second])
  expect(error).toMatchObject({ fault: "MODEL_REQUEST_INVALID" })
  expect(second.requests).toHaveLength(0)
  expect(textOf((await hear([following("a", [fault("LIMIT_REACHED")]), second])).events)).toBe("yes")
})

test("with nobody to ask it says so", async () => {
  expect((await hear([])).error).toMatchObject({ fault: "NO_MODEL" })
})

test("a cancelled call is not taken elsewhere, and the one that runs is ended", async () => {
  const first = following("a", [start("a"), text("a"), () => new Promise(() => {})])
  const second = following("b", says("b", "yes"))
  const controller = new AbortController()
  const stream = over([first, second])(ask(), controller.signal)[Symbol.asyncIterator]()
  await stream.next()
  await stream.next()
  const last = stream.next()
  controller.abort()
  await expect(last).rejects.toMatchObject({ code: "CANCELLED" })
  expect(first.running()).toBe(0)
  expect(second.requests).toHaveLength(0)
})

test("a fault that comes of the cancelling is not taken elsewhere", async () => {
  const controller = new AbortController()
  const first = target("a", {
    async *call() {
      yield start("a")
      controller.abort()
      throw broken
    },
  })
  const second = following("b", says("b", "yes"))
  await heardOf(over([{ target: first }, second])(ask(), controller.signal))
  expect(second.requests).toHaveLength(0)
})

test("a reader that leaves ends the call of the model that is being read", async () => {
  const first = following("a", [start("a"), broken])
  const second = following("b", says("b", "one", "two"))
  const stream = over([first, second])(ask(), never())[Symbol.asyncIterator]()
  expect((await stream.next()).value).toEqual(start("b"))
  await stream.return?.()
  expect(await stream.next()).toMatchObject({ done: true })
  expect(second.running()).toBe(0)
})

test("each fault is told, with who is asked next", async () => {
  const told: unknown[] = []
  await hear([following("a", [fault("MODEL_FAILED")]), following("b", [fault("MODEL_OVERLOADED")])], ask(), {
    onFault: ({ provider, error, next }) => told.push([provider, error.fault, next?.provider]),
  })
  expect(told).toEqual([
    ["a", "MODEL_FAILED", "b"],
    ["b", "MODEL_OVERLOADED", undefined],
  ])
})

test("however often and wherever it breaks, the reader sees the text once and the events in their order", async () => {
  const words = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 })
  const breaks = fc.array(fc.record({ at: fc.nat(), says: fc.constantFrom("nothing", "thoughts", "text") }), {
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(words, breaks, async (pieces, faults) => {
      const whole = pieces.join("")
      let done = 0
      const steps = faults.map(({ at, says }): Step[] => {
        const until = says === "text" ? Math.min(whole.length, done + 1 + (at % 5)) : done
        const said = whole.slice(done, until)
        // What breaks off while it may still become a repeat was never shown: the next one is asked to say it.
        fc.pre(said === "" || !whole.slice(0, Math.max(0, done - 1)).includes(said))
        done = until
        const thought: Step[] = says === "thoughts" ? [{ kind: "reasoning", text: "hm" }] : []
        return [start("a"), ...thought, ...(said === "" ? [] : [text(said)]), broken]
      })
      // Where the rest begins as what was shown ends, nobody can tell whether it is a repeat.
      const cuts = steps.map(
        (_, i) =>
          steps
            .slice(0, i + 1)
            .flat()
            .map((step) => ("text" in step && step.kind === "text" ? step.text : ""))
            .join("").length,
      )
      for (const cut of cuts) {
        const shown = whole.slice(0, cut)
        for (let length = 1; length <= cut; length++)
          fc.pre(!(shown.endsWith(whole.slice(cut, cut + length)) && isRepeat(shown, length)))
      }
      const targets = [...steps, says("z", ...(done < whole.length ? [whole.slice(done)] : []))]
      const { events, error } = await hear(targets.map((answer, i) => following(`t${i}`, answer)))
      expect(error).toBeUndefined()
      expect(textOf(events)).toBe(whole)
      const kinds = events.map(({ kind }) => kind)
      expect(kinds.indexOf("start")).toBe(0)
      expect(kinds.lastIndexOf("start")).toBe(0)
      expect(kinds.indexOf("end")).toBe(kinds.length - 1)
    }),
    { numRuns: 200 },
  )
})
