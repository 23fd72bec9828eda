import { expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { ask } from "../scripted.testing.ts"
import type { Target } from "../target.ts"
import { type Measured, measures } from "./measures.ts"
import { type Circumstances, chosen, type StrategyName, strategies } from "./strategies.ts"
import { target } from "./targets.testing.ts"

const still = measures().of({ provider: "", model: "" })

function order(
  strategy: StrategyName,
  targets: readonly Target[],
  more: Partial<Circumstances> = {},
  request: ModelRequest = ask(),
): string {
  const circumstances = { measured: () => still, promptTokens: 1000, turn: 0, ...more }
  return chosen(strategy, request, targets, circumstances)
    .map(({ provider }) => provider)
    .join(" ")
}

const measuredAs =
  (known: Readonly<Record<string, Partial<Measured>>>) =>
  ({ provider }: Target) => ({
    ...still,
    ...known[provider],
  })
const price = (inputUsd: number, outputUsd: number) => ({
  price: { inputUsd, outputUsd, cachedInputUsd: null, cacheWriteUsd: null },
})

test("ordered: as the settings name them", () => {
  expect(order("ordered", [target("b"), target("a")])).toBe("b a")
})

test("local-first: what runs here comes first", () => {
  expect(order("local-first", [target("a"), target("b", { isLocal: true }), target("c")])).toBe("b a c")
})

test("cheapest: by what this request will cost; local is free, unknown comes last", () => {
  const targets = [
    target("unknown"),
    target("dearInput", { facts: price(10, 1) }),
    target("dearOutput", { facts: price(1, 10) }),
    target("free", { isLocal: true }),
  ]
  expect(order("cheapest", targets, { promptTokens: 10_000 })).toBe("free dearOutput dearInput unknown")
  expect(order("cheapest", targets, { promptTokens: 10 })).toBe("free dearInput dearOutput unknown")
})

test("fastest: by first token and rate; what was not measured is tried, what only fails comes last", () => {
  const measured = measuredAs({
    quickStart: { calls: 1, firstTokenMs: 100, tokensPerSecond: 10 },
    quickRate: { calls: 1, firstTokenMs: 900, tokensPerSecond: 200 },
    failing: { calls: 3, failures: 3 },
  })
  const targets = [target("failing"), target("quickStart"), target("quickRate"), target("new")]
  expect(order("fastest", targets, { measured })).toBe("new quickRate quickStart failing")
  expect(order("fastest", targets, { measured }, ask("", { maxOutputTokens: 5 }))).toBe(
    "new quickStart quickRate failing",
  )
})

test("round-robin: the next one begins each time", () => {
  const targets = [target("a"), target("b"), target("c")]
  expect([0, 1, 2, 3].map((turn) => order("round-robin", targets, { turn }))).toEqual([
    "a b c",
    "b c a",
    "c a b",
    "a b c",
  ])
  expect(strategies["round-robin"](ask(), [], { measured: () => still, promptTokens: 0, turn: 3 })).toEqual([])
})

test("least-loaded: by the calls that run", () => {
  const measured = measuredAs({ a: { running: 3 }, b: { running: 1 } })
  expect(order("least-loaded", [target("a"), target("b"), target("c")], { measured })).toBe("c b a")
})

test("quality: by the score that is given, else as named", () => {
  const targets = [target("a"), target("b")]
  expect(order("quality", targets)).toBe("a b")
  expect(order("quality", targets, { score: (_, { provider }) => (provider === "b" ? 1 : 0) })).toBe("b a")
})

const image = { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "" } } as const
const tool = { name: "look", parameters: {} }
const needs: [string, Partial<ModelRequest>, Parameters<typeof target>[1]][] = [
  ["tools", { tools: [tool] }, { facts: { supports: { tools: false } } }],
  ["images", { messages: [{ role: "user", parts: [image] }] }, { facts: { supports: { images: false } } }],
  [
    "images in a tool's result",
    { messages: [{ role: "tool", parts: [{ kind: "tool-result", callId: "1", name: "look", content: [image] }] }] },
    { facts: { supports: { images: false } } },
  ],
  ["JSON of a schema", { output: { name: "a", schema: {} } }, { facts: { supports: { outputSchema: false } } }],
  ["a longer prompt", {}, { facts: { contextTokens: 999 } }],
]

test.each(needs)("a model that is known not to take %s is asked under no strategy", (_, request, lacking) => {
  const targets = [target("cannot", lacking), target("unknown")]
  for (const strategy of Object.keys(strategies) as StrategyName[])
    expect(order(strategy, targets, {}, ask("", request))).toBe("unknown")
})

test("capability: what is known to fit comes before what is not known to", () => {
  const sure = target("sure", { facts: { contextTokens: 5000, supports: { tools: true } } })
  const request = ask("", { tools: [tool] })
  expect(order("capability", [target("unknown"), sure], {}, request)).toBe("sure unknown")
  expect(order("ordered", [target("unknown"), sure], {}, request)).toBe("unknown sure")
})

test("when none is left, the error says what each one lacks", () => {
  const targets = [
    target("a", { facts: { contextTokens: 10 } }),
    target("b", { facts: { supports: { tools: false } } }),
  ]
  expect(() => order("ordered", targets, {}, ask("", { tools: [tool] }))).toThrow(
    "Not taken by: a/m (a prompt of about 1,000 tokens); b/m (tools).",
  )
})
