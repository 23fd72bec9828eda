import { expect, test } from "vitest"
import { type Message, type ModelRequest, noUsage } from "../model.ts"
import { prefixStability, prefixWatch } from "./prefix.ts"

const say = (role: Message["role"], text: string, more: Partial<Message> = {}): Message => ({
  role,
  parts: [{ kind: "text", text }],
  ...more,
})
const ask = (messages: Message[], more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "m",
  messages,
  attribution: { user: "ada", session: "s" },
  ...more,
})
const rules = say("system", "Be brief.", { section: "rules" })
const hello = say("user", "Hello")
const answer = say("assistant", "Hi")
const tool = { name: "read", parameters: { type: "object" } }

test("a conversation that only grows has a stable prefix", () => {
  expect(prefixStability([ask([rules, hello]), ask([rules, hello, answer, say("user", "And?")])])).toEqual([])
})

test("a time of day in the rules breaks the prefix, and is found by its message and section", () => {
  const at = (time: string) => say("system", `It is ${time}.`, { section: "rules" })
  expect(prefixStability([ask([at("10:00"), hello]), ask([at("10:01"), hello, answer])])).toEqual([
    { cause: "prefix-changed", message: 0, section: "rules", request: 1 },
  ])
})

test("tools in another order break it before the first message", () => {
  const other = { name: "write", parameters: { type: "object" } }
  const requests = [ask([rules], { tools: [tool, other] }), ask([rules], { tools: [other, tool] })]
  expect(prefixStability(requests)).toEqual([{ cause: "tools-changed", request: 1 }])
})

test("a history cut short breaks it where the cut is", () => {
  expect(prefixStability([ask([rules, hello, answer]), ask([rules, answer])])).toMatchObject([{ message: 1 }])
  expect(prefixStability([ask([rules, hello]), ask([rules])])).toMatchObject([{ message: 1, section: "user" }])
})

test("with a cache mark only what stands before it has to stay", () => {
  const marked = { ...rules, cache: "short" } as const
  expect(prefixStability([ask([marked, hello]), ask([marked, say("user", "Other")])])).toEqual([])
})

const judge = (watch: ReturnType<typeof prefixWatch>, request: ModelRequest, cached = 0, atMs = 0, model = "m") =>
  watch.judge(request, model, { ...noUsage, inputTokens: 100, cachedInputTokens: cached }, atMs)

test("a miss of the provider's cache gets its cause", () => {
  const watch = prefixWatch()
  const grown = ask([rules, hello, answer])
  expect(judge(watch, ask([rules, hello]))).toEqual({ cause: "first-call" })
  expect(judge(watch, grown, 80)).toBeNull()
  expect(judge(watch, grown)).toEqual({ cause: "provider" })
  expect(judge(watch, grown, 0, 299_000)).toEqual({ cause: "provider" })
  expect(judge(watch, grown, 0, 700_000)).toEqual({ cause: "expired" })
  expect(judge(watch, grown, 0, 700_000, "other")).toEqual({ cause: "model-changed" })
  expect(judge(watch, { ...grown, tools: [tool] }, 0, 700_000, "other")).toEqual({ cause: "tools-changed" })
})

test("sessions don't mix, and without one nothing is said", () => {
  const watch = prefixWatch()
  const other = { user: "ada", session: "t" }
  judge(watch, ask([rules, hello]))
  expect(judge(watch, ask([say("system", "Else")], { attribution: other }))).toEqual({ cause: "first-call" })
  expect(judge(watch, ask([say("system", "Else")], { attribution: { user: "ada" } }))).toBeNull()
})
