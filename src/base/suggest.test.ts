import { expect, test } from "vitest"
import { didYouMean, suggestions } from "./suggest.ts"

const commands = ["ask", "search", "status", "stop", "index.status", "index.rebuild", "config.get"]

test("a mistyped word finds what was meant, the nearest first", () => {
  expect(suggestions("serach", commands)).toEqual(["search"])
  expect(suggestions("statsu", commands)[0]).toBe("status")
  expect(suggestions("sea", commands)).toEqual(["search"])
  expect(suggestions("stpo", commands)).toEqual(["stop"])
})

test("a part of a dotted name finds the whole", () => {
  expect(suggestions("rebuild", commands)).toEqual(["index.rebuild"])
  expect(suggestions("rebiuld", commands)).toEqual(["index.rebuild"])
})

test("a word that is near to nothing gets no suggestion", () => {
  expect(suggestions("frobnicate", commands)).toEqual([])
  expect(suggestions("", commands)).toEqual([])
  expect(didYouMean("frobnicate", commands)).toBeUndefined()
})

test("the question reads as a sentence", () => {
  expect(didYouMean("serach", commands)).toBe("Did you mean `search`?")
  expect(didYouMean("rebuild", commands, (name) => name.replaceAll(".", " "))).toBe("Did you mean `index rebuild`?")
})
