import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import { type ModelRequest, noUsage } from "../model.ts"
import {
  ask,
  end,
  eventsOf,
  heardOf,
  never,
  saying,
  scripted,
  start,
  text,
  textOf,
  toolCall,
} from "../scripted.testing.ts"
import { exactCache } from "./exact-cache.ts"

const cold = { temperature: 0 }
const small = { maxEntries: 10, ttlMs: 60_000 }
const answer = [start(), text("for"), text("ty"), toolCall(0, "look"), end({ inputTokens: 9, outputTokens: 2 })]

test("the same request is answered again without asking, and costs nothing", async () => {
  const { model, requests } = scripted(answer)
  const call = exactCache(small)(model)
  expect(await eventsOf(call(ask("six by seven", cold), never()))).toEqual(answer)
  expect(await eventsOf(call(ask("six by seven", cold), never()))).toEqual([
    { ...start(), from: "cache" },
    text("forty"),
    toolCall(0, "look"),
    { ...end(), costUsd: 0, saved: { usage: { ...noUsage, inputTokens: 9, outputTokens: 2 }, costUsd: null } },
  ])
  expect(requests).toHaveLength(1)
})

const asks = async (...asked: ModelRequest[]) => {
  const { model, requests } = scripted(saying("yes"))
  const call = exactCache(small)(model)
  for (const request of asked) await eventsOf(call(request, never()))
  return requests.length
}

test("the order of fields, the marks for the provider's cache and the turn make no other request of it", async () => {
  const message = { role: "user", parts: [{ kind: "text", text: "a" }] } as const
  expect(
    await asks(
      ask("", { ...cold, messages: [message], extra: { a: 1, b: [{ c: 2, d: 3 }] } }),
      ask("", {
        extra: { b: [{ d: 3, c: 2 }], a: 1 },
        messages: [{ ...message, cache: "short", section: "code" }],
        ...cold,
      }),
      ask("", {
        ...cold,
        messages: [message],
        extra: { a: 1, b: [{ c: 2, d: 3 }] },
        attribution: { user: "ada", turn: "2" },
      }),
    ),
  ).toBe(1)
})

test.each<[string, Partial<ModelRequest>]>([
  ["another user", { attribution: { user: "ben" } }],
  ["another model", { model: "other" }],
  ["a tool", { tools: [{ name: "look", parameters: {} }] }],
  ["a schema", { output: { name: "answer", schema: {} } }],
  ["a seed", { seed: 1 }],
  ["a field of the provider's", { extra: { top_k: 1 } }],
])("%s makes another request of it", async (_, change) => {
  expect(await asks(ask("a", cold), ask("a", { ...cold, ...change }))).toBe(2)
})

test("where answers are shared, users get each other's", async () => {
  const { model, requests } = scripted(saying("yes"))
  const call = exactCache({ ...small, scope: "shared" })(model)
  await eventsOf(call(ask("a", cold), never()))
  await eventsOf(call(ask("a", { ...cold, attribution: { user: "ben" } }), never()))
  expect(requests).toHaveLength(1)
})

test("what may be sampled on purpose is asked each time; a seed says that it is not", async () => {
  expect(await asks(ask("a"), ask("a"))).toBe(2)
  expect(await asks(ask("a", { temperature: 0.7 }), ask("a", { temperature: 0.7 }))).toBe(2)
  expect(await asks(ask("a", { temperature: 0.7, seed: 7 }), ask("a", { temperature: 0.7, seed: 7 }))).toBe(1)
})

test.each([
  ["a failure", [start(), text("a"), new ModelError({ fault: "MODEL_STREAM_BROKEN", message: "broken" })]],
  ["a refusal", [start(), text("no"), end({}, "refused")]],
  [
    "a restarted stream",
    [start(), text("a"), { kind: "restart", provider: "q", model: "n", why: "" }, text("b"), end()],
  ],
] as const)("%s is not kept", async (_, steps) => {
  const { model, requests } = scripted(steps, saying("yes"))
  const call = exactCache(small)(model)
  await heardOf(call(ask("a", cold), never()))
  expect(textOf(await eventsOf(call(ask("a", cold), never())))).toBe("yes")
  expect(requests).toHaveLength(2)
})

test("an answer that the reader left is not kept", async () => {
  const { model, requests } = scripted(saying("a", "b"))
  const call = exactCache(small)(model)
  for await (const event of call(ask("a", cold), never())) if (event.kind === "text") break
  await eventsOf(call(ask("a", cold), never()))
  expect(requests).toHaveLength(2)
})

test("answers grow old, and the least recently used make room", async () => {
  const clock = manualClock()
  const { model, requests } = scripted(saying("yes"))
  const call = exactCache({ maxEntries: 2, ttlMs: 1000, clock })(model)
  const hear = (question: string) => eventsOf(call(ask(question, cold), never()))
  await hear("a")
  await hear("b")
  await hear("a")
  await hear("c")
  expect(requests).toHaveLength(3)
  await hear("a")
  expect(requests).toHaveLength(3)
  await hear("b")
  expect(requests).toHaveLength(4)
  clock.advance(1000)
  await hear("b")
  expect(requests).toHaveLength(5)
})

test("the answers together stay below the bound of bytes, and one that is larger is not kept at all", async () => {
  const { model, requests } = scripted(saying("x".repeat(1000)), saying("y".repeat(1000)), saying("z".repeat(4000)))
  const call = exactCache({ maxEntries: 10, maxBytes: 3000, ttlMs: 1000, clock: manualClock() })(model)
  const hear = (question: string) => eventsOf(call(ask(question, cold), never()))
  await hear("a")
  await hear("b")
  await hear("b")
  expect(requests).toHaveLength(2)
  await hear("huge")
  await hear("b")
  expect(requests).toHaveLength(3)
  await hear("a")
  expect(requests).toHaveLength(4)
})
