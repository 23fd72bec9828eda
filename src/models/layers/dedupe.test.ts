import { expect, test } from "vitest"
import { ModelError } from "../errors.ts"
import { noUsage } from "../model.ts"
import { ask, end, eventsOf, heardOf, never, saying, scripted, settled, start, text } from "../scripted.testing.ts"
import { dedupe } from "./dedupe.ts"

const cold = (content = "a", user = "ada") => ask(content, { temperature: 0, attribution: { user } })

function gated() {
  const gate = Promise.withResolvers<void>()
  const usage = { inputTokens: 5, outputTokens: 2 }
  const script = scripted([start(), text("a"), () => gate.promise, text("b"), end(usage)], saying("second"))
  return { ...script, usage, go: gate.resolve }
}

test("equal requests at once are one call, and a late one hears it from the start", async () => {
  const { model, requests, go, usage } = gated()
  const call = dedupe()(model)
  const first = eventsOf(call(cold(), never()))
  await settled()
  const second = eventsOf(call(cold(), never()))
  await settled()
  go()
  expect(await first).toEqual([start(), text("a"), text("b"), end(usage)])
  const saved = { usage: { ...noUsage, ...usage }, costUsd: null }
  expect(await second).toEqual([{ ...start(), from: "shared" }, text("a"), text("b"), { ...end(), costUsd: 0, saved }])
  expect(requests).toHaveLength(1)
  await eventsOf(call(cold(), never()))
  expect(requests).toHaveLength(2)
})

test("requests of two users, other requests, and those that may be sampled are calls of their own", async () => {
  const { model, requests } = scripted(saying("yes"))
  const call = dedupe()(model)
  const asked = [cold(), cold("a", "ben"), cold("b"), ask("a"), ask("a")]
  await Promise.all(asked.map((request) => eventsOf(call(request, never()))))
  expect(requests).toHaveLength(5)
})

test("the call goes on while anyone reads it, and is cancelled when the last one leaves", async () => {
  const { model, requests, running } = gated()
  const call = dedupe()(model)
  const [one, other] = [new AbortController(), new AbortController()]
  const first = heardOf(call(cold(), one.signal))
  const second = heardOf(call(cold(), other.signal))
  await settled()
  one.abort()
  expect((await first).error).toMatchObject({ code: "CANCELLED" })
  await settled()
  expect(running()).toBe(1)
  other.abort()
  await second
  await settled()
  expect(running()).toBe(0)
  expect(await eventsOf(call(cold(), never()))).toEqual(saying("second"))
  expect(requests).toHaveLength(2)
})

test("when the one who was first has left, the next one is told the tokens", async () => {
  const { model, go, usage } = gated()
  const call = dedupe()(model)
  const controller = new AbortController()
  const first = heardOf(call(cold(), controller.signal))
  const second = eventsOf(call(cold(), never()))
  await settled()
  controller.abort()
  await first
  go()
  expect((await second).at(-1)).toEqual(end(usage))
})

test("a reader that stops reading holds nobody up, and still hears everything later", async () => {
  const { model, go } = gated()
  const call = dedupe()(model)
  const slow = call(cold(), never())[Symbol.asyncIterator]()
  await slow.next()
  const quick = eventsOf(call(cold(), never()))
  go()
  expect(await quick).toHaveLength(4)
  const rest: unknown[] = []
  for (let result = await slow.next(); !result.done; result = await slow.next()) rest.push(result.value.kind)
  expect(rest).toEqual(["text", "text", "end"])
})

test("a failure reaches every reader, after what was said before it", async () => {
  const broken = new ModelError({ fault: "MODEL_STREAM_BROKEN", message: "broken" })
  const { model } = scripted([start(), text("a"), broken])
  const call = dedupe()(model)
  const heard = await Promise.all([heardOf(call(cold(), never())), heardOf(call(cold(), never()))])
  expect(heard.map(({ events, error }) => [events.length, error])).toEqual([
    [2, broken],
    [2, broken],
  ])
})

test("one that leaves early and comes back while the call still winds down gets a call of its own", async () => {
  const { model, requests } = gated()
  const call = dedupe()(model)
  for await (const event of call(cold(), never())) if (event.kind === "text") break
  const again = eventsOf(call(cold(), never()))
  const along = eventsOf(call(cold(), never()))
  expect(await again).toEqual(saying("second"))
  expect(await along).toMatchObject([{ from: "shared" }, text("second"), { costUsd: 0 }])
  expect(requests).toHaveLength(2)
})

test("a call that ends late, after everyone left it, is not taken for the one that followed it", async () => {
  const silence = () => new Promise<void>(() => {})
  const { model, requests } = scripted([start(), silence])
  const call = dedupe()(model)
  const [first, others] = [new AbortController(), new AbortController()]
  const gone = heardOf(call(cold(), first.signal))
  await settled()
  first.abort()
  const second = heardOf(call(cold(), others.signal))
  await gone
  await settled()
  const third = heardOf(call(cold(), others.signal))
  await settled()
  expect(requests).toHaveLength(2)
  others.abort()
  await Promise.all([second, third])
})
