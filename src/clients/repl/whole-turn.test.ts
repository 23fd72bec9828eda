import { expect, test } from "vitest"
import type { SessionItem } from "../../commands/session/item.ts"
import { wholeTurn } from "./whole-turn.ts"

const text = (words: string) => [{ kind: "text" as const, text: words }]
const event = (type: string, data: object) => ({ kind: "event", type, data }) as SessionItem
const said = (message: string) => event("user.spoke", { message, parts: text("do it") })
const ran = event("tool.finished", { call: "c1", outcome: "done", content: text("one\n\x1b[2Jtwo\nthree\n") })
const answered = event("assistant.spoke", {
  message: "m2",
  parts: [
    { kind: "text", text: "I look." },
    { kind: "tool-call", id: "c1", name: "run", arguments: '{"command":"make"}' },
  ],
})

test("calls have their whole results, under what was called and how it ended", () => {
  const whole = wholeTurn()
  for (const item of [said("m1"), answered, ran]) whole.take(item)
  expect(whole.text).toBe("I look.\n\n── run make · done\none\n[2Jtwo\nthree\n")
})

test("what is told again after a reconnection stands there once; the next message begins anew", () => {
  const whole = wholeTurn()
  for (const item of [said("m1"), answered, ran]) whole.take(item)
  const before = whole.text
  for (const item of [answered, ran]) whole.take(item)
  expect(whole.text).toBe(before)
  whole.take(said("m3"))
  expect(whole.text).toBe("")
})
