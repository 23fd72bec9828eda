import { expect, test } from "vitest"
import type { Heard } from "../../assistant/assistant.ts"
import { event } from "../../assistant/conversation/decide.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import { watcherOf } from "./watcher.ts"

const secret = ["ghp_", "q7Rw2Zt9Yb4Xc6Vd8Ne1Mf3Lg5Kh0Jj2PaSd"].join("")

const watching = (reader: string) => watcherOf({ reader, masker: secretMasker(), turnBy: undefined })
const stored = (by: string, ...events: ConversationEvent[]): Heard => ({ kind: "stored", events, by })
const said = (message: string, text: string) => event("user.spoke", { message, parts: [{ kind: "text", text }] })
const started = (message: string, by: string) => event("turn.started", { turn: `t-${message}`, message, by })
const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: null }
const answered = (text: string) =>
  event("assistant.spoke", {
    message: "a",
    turn: "t",
    parts: [{ kind: "text", text }],
    model: "p/m",
    usage,
    finish: "stop",
  })
const types = (items: ReturnType<ReturnType<typeof watching>>) =>
  items.map((one) => ("type" in one ? one.type : one.kind))

test("what someone says themselves they hear at once and as it is", () => {
  const hear = watching("ada")
  expect(hear(stored("ada", said("m", secret)))).toMatchObject([
    { type: "user.spoke", data: { parts: [{ text: secret }] } },
  ])
  expect(types(hear(stored("ada", started("m", "ada"))))).toEqual(["turn.started"])
  expect(hear({ kind: "live", event: { kind: "reasoning", text: secret } })).toEqual([
    { kind: "reasoning", text: secret },
  ])
})

test("others hear what is said once no hook can refuse it, and without secrets", () => {
  const hear = watching("bob")
  expect(hear(stored("ada", said("m", `use ${secret}`)))).toEqual([])
  expect(hear(stored("ada", started("m", "ada")))).toEqual([])
  const heard = hear(stored("ada", answered(`so ${secret}`)))
  expect(types(heard)).toEqual(["user.spoke", "turn.started", "assistant.spoke"])
  expect(JSON.stringify(heard)).not.toContain(secret)
  expect(JSON.stringify(heard)).toContain("use [secret:")
})

test("others never hear what a hook refused", () => {
  const hear = watching("bob")
  const heard = [
    ...hear(stored("ada", said("m", "our plan to buy them"))),
    ...hear(stored("ada", started("m", "ada"))),
    ...hear(stored("ada", event("message.withheld", { message: "m", why: "confidential" }))),
  ]
  expect(types(heard)).toEqual(["user.spoke", "turn.started", "message.withheld"])
  expect(JSON.stringify(heard)).not.toContain("buy them")
  expect(heard[0]).toMatchObject({ data: { parts: [{ text: "(withheld)" }] } })
})

test("text that is being written comes to others without secrets, wherever its pieces were cut", () => {
  const hear = watching("bob")
  hear(stored("ada", said("m", "hi")))
  hear(stored("ada", started("m", "ada")))
  const pieces = [`key ${secret.slice(0, 9)}`, `${secret.slice(9)}\nmo`, "re"]
  const heard = pieces.flatMap((text) => hear({ kind: "live", event: { kind: "text", text } }))
  const end = hear({ kind: "turn-ended", end: { how: "done", why: "Answered." } })
  const all = [...heard, ...end].map((one) => (one.kind === "text" ? one.text : "")).join("")
  expect(all).toMatch(/^key \[secret:\S+\]\nmore$/)
  expect(hear({ kind: "live", event: { kind: "reasoning", text: "hm" } })).toEqual([])
})

test("what waits for its turn does not hold up the turn that runs", () => {
  const hear = watching("bob")
  hear(stored("ada", said("1", "first"), started("1", "ada")))
  hear(stored("ada", answered("one")))
  expect(hear(stored("ada", said("2", "second")))).toEqual([])
  expect(types(hear(stored("ada", answered("more"))))).toEqual(["assistant.spoke"])
  hear(stored("ada", started("2", "ada")))
  expect(types(hear(stored("ada", answered("two"))))).toEqual(["user.spoke", "turn.started", "assistant.spoke"])
})
