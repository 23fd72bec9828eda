import { expect, test } from "vitest"
import type { Offered } from "./offered.ts"
import { rankCommands, type Situation } from "./rank.ts"

const command = (name: string): Offered => ({
  name,
  words: name.split("."),
  summary: `does ${name}`,
  permission: "read",
  arguments: [],
})
const commands = [
  "search",
  "explain",
  "status",
  "index.status",
  "llm.connect",
  "llm.test",
  "checkpoint.list",
  "checkpoint.diff",
  "checkpoint.restore",
  "session.list",
  "session.search",
].map(command)
const calm: Situation = { changedFiles: 0, conflicts: 0, hasModel: true, isIndexing: false, used: [] }
const names = (text: string, more: Partial<Situation> = {}, limit = 20) =>
  rankCommands(text, commands, { ...calm, ...more }, limit).map(({ name }) => name)

test("names that begin so stand before those that have it inside, and no others are there", () => {
  expect(names("se")).toEqual(["search", "session.list", "session.search"])
  expect(names("status")).toEqual(["status", "index.status"])
  expect(names("checkpoint d")).toEqual(["checkpoint.diff"])
  expect(names("nothing so")).toEqual([])
})

test("what is so now comes first: no model, changed files, an index under way", () => {
  expect(rankCommands("", commands, { ...calm, hasModel: false }, 1)).toEqual([
    expect.objectContaining({ name: "llm.connect", why: "no model is connected" }),
  ])
  expect(names("", { changedFiles: 3 }, 1)).toEqual(["checkpoint.diff"])
  expect(names("", { isIndexing: true }, 1)).toEqual(["index.status"])
})

test("the last command brings up what usually follows it, and those of its group", () => {
  const [first, ...rest] = names("", { used: ["checkpoint.list"] })
  expect(first).toBe("checkpoint.restore")
  expect(rest.indexOf("checkpoint.diff")).toBeLessThan(rest.indexOf("explain"))
  expect(names("", { used: ["llm.connect"] }, 1)).toEqual(["llm.test"])
})

test("what is used often and lately stands before what was used once, long ago", () => {
  const used = ["explain", "search", "search", "search", "status", "status", "session.list"]
  const order = names("", { used })
  expect(order.indexOf("search")).toBeLessThan(order.indexOf("explain"))
  expect(order.indexOf("explain")).toBeLessThan(order.indexOf("status"))
  expect(order.indexOf("status")).toBeLessThan(order.indexOf("session.list"))
})

test("a name that fits better stands before one that is used more", () => {
  expect(names("sea", { used: Array(20).fill("session.search") })[0]).toBe("search")
})
