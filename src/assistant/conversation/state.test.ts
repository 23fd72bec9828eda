import { expect, test } from "vitest"
import { event } from "./decide.ts"
import type { ConversationEvent } from "./events.ts"
import { evolve, initialState } from "./state.ts"

const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costUsd: 0 }
const said = (message: string, steers?: string) =>
  event("user.spoke", { message, parts: [{ kind: "text", text: message }], ...(steers ? { steers } : {}) })
const started = (turn: string, message: string) => event("turn.started", { turn, message, by: "ada" })
const spoke = (message: string, turn: string) =>
  event("assistant.spoke", { message, turn, parts: [], model: "m", usage, finish: "stop" })
const ended = (turn: string) => event("turn.ended", { turn, how: "done", why: "", steps: 1 })
const after = (...events: ConversationEvent[]) => events.reduce(evolve, initialState)

test("what is said to a turn after its last answer gets a turn of its own", () => {
  const state = after(said("a"), started("1", "a"), spoke("b", "1"), said("c", "1"), ended("1"))
  expect(state).toMatchObject({ turn: null, queued: ["c"] })
})

test("what is said to a turn before an answer of it is heard in it", () => {
  const state = after(said("a"), started("1", "a"), said("c", "1"), spoke("b", "1"), ended("1"))
  expect(state).toMatchObject({ turn: null, queued: [] })
})
