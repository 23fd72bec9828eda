import { expect, test } from "vitest"
import { historySearch } from "./history-search.ts"

const history = ["git status again", "explain retry", "git status", "one"]

test("letters look for the newest line that has them, Ctrl+R for older ones", () => {
  const search = historySearch(history, "begun")
  expect(search.line).toBe("begun")
  search.take("git")
  expect(search).toMatchObject({ line: "git status again", prompt: "(search) git › " })
  search.take("\x12")
  expect(search.line).toBe("git status")
  search.take("\x12")
  expect(search).toMatchObject({ line: "git status", prompt: "(nothing older) git › " })
})

test("a letter less looks again from the newest, and none gives the line back", () => {
  const search = historySearch(history, "begun")
  search.take("git")
  search.take("\x12\x7f")
  expect(search.line).toBe("git status again")
  search.take("\x7f\x7f")
  expect(search.line).toBe("begun")
})

test("Enter and editing keys end it with what was found; Ctrl+G and Ctrl+C with the line as it was", () => {
  for (const [keys, rest] of [
    ["\r", "\r"],
    ["\x1b[D", "\x1b[D"],
    ["\x01", "\x01"],
    ["\x1b", ""],
  ] as const) {
    const search = historySearch(history, "begun")
    search.take("expl")
    expect(search.take(keys)).toEqual({ done: true, rest })
    expect(search.line).toBe("explain retry")
  }
  for (const key of ["\x07", "\x03"]) {
    const search = historySearch(history, "begun")
    search.take("expl")
    expect(search.take(key)).toEqual({ done: true, rest: "" })
    expect(search.line).toBe("begun")
  }
})

test("what was never typed is not found", () => {
  const search = historySearch(history, "begun")
  search.take("zzz")
  expect(search).toMatchObject({ line: "begun", prompt: "(nothing older) zzz › " })
})
