import fc from "fast-check"
import { expect, test } from "vitest"
import { type QuestionKind, readQuestion, subjectWords } from "./question.ts"

const asked: readonly (readonly [string, QuestionKind, string])[] = [
  ["Where is the hash chain extended?", "where", "the hash chain extended"],
  ["where do we validate the token", "where", "validate the token"],
  ["Which file handles retries?", "where", "retries"],
  ["find parseConfig", "where", "parseConfig"],
  ["where is parseConfig defined?", "where", "parseConfig"],
  ["Where is parseConfig used?", "callers", "parseConfig"],
  ["what calls openFabric()", "callers", "openFabric()"],
  ["who calls `Retry.run`?", "callers", "`Retry.run`"],
  ["callers of asyncQueue", "callers", "asyncQueue"],
  ["What breaks if I rename newId?", "impact", "newId"],
  ["what would break if DuckError were removed", "impact", "DuckError"],
  ["what depends on src/base/ids.ts", "impact", "src/base/ids.ts"],
  ["impact of changing lineStarts", "impact", "lineStarts"],
  ["can I safely delete lineStarts?", "impact", "lineStarts"],
  ["how does the group commit work?", "how", "the group commit"],
  ["How are errors handled?", "how", "errors"],
  ["explain how the packer works", "how", "the packer"],
  ["what does truncate do?", "how", "truncate"],
  ["What is a lease?", "how", "a lease"],
  ["Who changed the token bucket and why?", "who", "the token bucket"],
  ["why was retry added", "who", "retry"],
  ["history of src/a.ts", "who", "src/a.ts"],
  ["which tests cover asyncQueue", "tests", "asyncQueue"],
  ["is lineStarts tested?", "tests", "lineStarts"],
  ["token bucket refill", "about", "token bucket refill"],
]

test.each(asked)("%s", (text, kind, subject) => {
  expect(readQuestion(text)).toMatchObject({ kind, subject })
})

test("identifiers come before plain words, quoted ones first", () => {
  expect(readQuestion("what calls retry in `HttpClient.send` or open_file?").names.slice(0, 2)).toEqual([
    "HttpClient.send",
    "open_file",
  ])
  expect(readQuestion("who calls retry").names).toEqual(["retry"])
  expect(readQuestion("what calls openFabric()").names[0]).toBe("openFabric")
})

test("paths are places, with the lines they name", () => {
  expect(readQuestion("what breaks if I change src/a/b.test.ts:10-20?").places).toEqual([
    { path: "src/a/b.test.ts", startLine: 10, endLine: 20 },
  ])
  expect(readQuestion("history of ./README.md").places).toEqual([{ path: "README.md" }])
  expect(readQuestion("where is e.g. the cache").places).toEqual([])
})

test("the words that carry meaning are left when the rest is taken away", () => {
  expect(subjectWords(readQuestion("How does the group commit of the log work?"))).toEqual(["group", "commit", "log"])
})

test("any text at all is a question", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.lorem()), (text) => {
      const question = readQuestion(text)
      expect(question.subject.length).toBeLessThanOrEqual(text.length)
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom("where is ", "what calls ", "how does "), fc.string(), (frame, rest) => {
      readQuestion(frame + rest)
    }),
  )
})

test("a very long line is read in the time it takes to read it", () => {
  const text = `where is ${"a ".repeat(20_000)}${"x".repeat(20_000)}`
  expect(readQuestion(text).kind).toBe("where")
})
