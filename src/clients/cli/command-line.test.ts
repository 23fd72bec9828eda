import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type CommandLine, parseCommandLine } from "./command-line.ts"
import { sampleManifest } from "./manifest.testing.ts"
import { UsageError } from "./usage-error.ts"

const parse = (...argv: string[]): CommandLine => parseCommandLine(argv, sampleManifest)
function refusal(...argv: string[]): UsageError {
  try {
    parse(...argv)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error(`duck ${argv.join(" ")} was understood`)
}

describe("commands", () => {
  test("the words of a command are found, and of a group as far as they go", () => {
    expect(parse("index", "status").command?.name).toBe("index.status")
    expect(parse("index")).toMatchObject({ words: ["index"] })
    expect(parse("index").command).toBeUndefined()
    expect(parse()).toMatchObject({ words: [], input: {} })
  })

  test("global options may stand before, between and after them", () => {
    for (const argv of [
      ["--json", "index", "status"],
      ["index", "--json", "status"],
      ["index", "status", "--json"],
    ]) {
      expect(parse(...argv)).toMatchObject({
        command: { name: "index.status" },
        globals: { json: true, format: "json" },
      })
    }
  })

  test("a mistyped command is answered with what was meant, and status 400", () => {
    expect(refusal("serach", "x")).toMatchObject({ code: "USAGE", status: 400 })
    expect(refusal("serach", "x").hint).toContain("`duck search`")
    expect(refusal("index", "statsu").hint).toContain("`duck index status`")
    expect(refusal("rebuild").hint).toContain("`duck index rebuild`")
    expect(refusal("frobnicate").hint).toBe("`duck help` lists the commands.")
  })
})

describe("arguments", () => {
  test("the rest of the line is one argument, and options may stand within it", () => {
    const { input } = parse("ask", "where", "is", "-n", "3", "the", "token")
    expect(input).toEqual({ question: "where is the token", limit: 3 })
  })

  test("every way to write an option means the same", () => {
    for (const option of [["--limit", "7"], ["--limit=7"], ["-n", "7"], ["-n7"], ["-n=7"]]) {
      expect(parse("ask", ...option, "q").input).toEqual({ question: "q", limit: 7 })
    }
    expect(parse("ask", "-xv", "q").input).toEqual({ question: "q", explain: true, verbose: true })
    expect(parse("ask", "-xn7", "q").input).toEqual({ question: "q", explain: true, limit: 7 })
    expect(parse("search", "q", "--no-follow-up").input).toEqual({ query: "q", followUp: false })
    expect(parse("search", "q", "--follow-up=off").input).toEqual({ query: "q", followUp: false })
  })

  test("a list option may be repeated, a list argument takes what is left", () => {
    expect(parse("ask", "--path", "a", "q", "--path=b").input).toEqual({ question: "q", path: ["a", "b"] })
    expect(parse("files", "a", "b", "c").input).toEqual({ names: ["a", "b", "c"] })
  })

  test("after -- everything is an argument", () => {
    expect(parse("ask", "what", "does", "--", "--limit", "-x", "do").input).toEqual({
      question: "what does --limit -x do",
    })
  })

  test("negative numbers and a lone dash are values", () => {
    expect(parse("ask", "-n", "-5", "-").input).toEqual({ question: "-", limit: -5 })
  })

  test("JSON arguments are parsed, and what is no JSON is a string", () => {
    expect(parse("config", "set", "a", '{"b":[1]}').input).toEqual({ key: "a", value: { b: [1] } })
    expect(parse("config", "set", "a", "plain text").input).toEqual({ key: "a", value: "plain text" })
  })

  test("what is missing, too much, mistyped or out of its choices is named", () => {
    expect(refusal("ask").message).toBe("`duck ask` needs <question...>: the question.")
    expect(refusal("ask").hint).toBe('For example: duck ask "where is the token read"')
    expect(refusal("search", "a", "b").message).toContain('"b" is too much')
    expect(refusal("ask", "-n", "many", "q").message).toBe('--limit is a number; "many" is none.')
    expect(refusal("ask", "q", "-n").message).toBe("--limit needs a value.")
    expect(refusal("ask", "q", "--limt", "3").hint).toContain("`--limit`")
    expect(refusal("search", "q", "--kind", "clas").hint).toBe("Did you mean `class`?")
    expect(refusal("ask", "q", "--timeout", "soon").message).toContain("--timeout is a time")
    expect(refusal("--limit", "3").message).toContain("no option --limit")
  })

  test("help is given whatever else is missing", () => {
    expect(parse("ask", "--help")).toMatchObject({ command: { name: "ask" }, globals: { help: true } })
    expect(parse("-h")).toMatchObject({ words: [], globals: { help: true } })
  })
})

test("times have units", () => {
  const timeoutOf = (text: string) => parse("ask", "q", "--timeout", text).globals.timeoutMs
  expect(["30", "1.5s", "500ms", "2m", "1h"].map(timeoutOf)).toEqual([30_000, 1500, 500, 120_000, 3_600_000])
})

test("what is written as a command line is read back, whatever the words are", () => {
  const word = fc.string({ unit: "grapheme", minLength: 1 }).filter((w) => w !== "--")
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer(), fc.array(word), (question, limit, paths) => {
      const options = [`--limit=${limit}`, ...paths.flatMap((path) => ["--path", path])]
      const { input, globals } = parse("ask", ...options, "--json", "--", ...question)
      expect(input).toEqual({
        question: question.join(" "),
        limit,
        ...(paths.length > 0 ? { path: paths } : {}),
      })
      expect(globals.json).toBe(true)
    }),
  )
})

test("any words are either understood or refused with a UsageError", () => {
  const token = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "ask",
      "index",
      "status",
      "--",
      "-",
      "-n",
      "--limit",
      "--no-",
      "--=",
      "-=",
      "--json=",
      "-C",
      "--no-json",
    ),
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 6 }), (argv) => {
      try {
        parse(...argv)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
  )
})
