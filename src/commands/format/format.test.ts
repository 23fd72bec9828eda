import { stripVTControlCharacters } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { OutputFormat } from "../../base/wire.ts"
import { type Block, type Document, inlineCode, literal } from "../document.ts"
import { errorDocument, format } from "./format.ts"
import { readInline } from "./inline.ts"
import { plainView } from "./plain-view.ts"
import { clip, displayWidth, splitAt } from "./width.ts"

const show = (
  document: Document,
  rendering: { format?: OutputFormat; width?: number; color?: "0" | "16" | "256" | "truecolor" } = {},
) => format({}, () => document, { format: "text", ...rendering })
const lines = (text: string) => text.replace(/\n$/, "").split("\n")

const word = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom(
    "日本語のテキスト",
    "👩‍👩‍👧‍👦",
    "e\u0301a",
    "🇦🇹🇩🇪",
    "**strong**",
    "`code`",
    "a".repeat(40),
    "\u001b[2J",
    "|",
    "#",
  ),
)
const sentence = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "))
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant("heading" as const), text: sentence }),
  fc.record({
    kind: fc.constant("paragraph" as const),
    text: sentence,
    tone: fc.constantFrom("bad" as const, "quiet" as const),
  }),
  fc.record({
    kind: fc.constant("verbatim" as const),
    text: fc
      .array(fc.tuple(fc.nat(90), sentence), { maxLength: 4 })
      .map((all) => all.map(([indent, text]) => " ".repeat(indent) + text).join("\n")),
  }),
  fc.record({ kind: fc.constant("list" as const), items: fc.array(sentence, { maxLength: 4 }), ordered: fc.boolean() }),
  fc.record({
    kind: fc.constant("fields" as const),
    entries: fc.array(fc.tuple(fc.constantFrom("name", "größe"), sentence), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("table" as const),
    columns: fc.constant([{ title: "one" }, { title: "two", align: "right" as const }, { title: "three" }]),
    rows: fc.array(fc.array(sentence, { maxLength: 4 }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("quote" as const),
    path: fc.constant("a/b.ts"),
    startLine: fc.constant(98),
    endLine: fc.constant(101),
    text: fc.array(sentence, { maxLength: 4 }).map((all) => all.join("\n")),
    language: fc.constantFrom("ts", "we`ird"),
    marked: fc.constant([99]),
  }),
  fc.record({
    kind: fc.constant("quote" as const),
    path: fc.constant("a/b.ts"),
    startLine: fc.constant(98),
    endLine: fc.constant(1_010),
    text: fc.array(sentence, { minLength: 3, maxLength: 3 }).map((all) => all.join("\n")),
    language: fc.constant("ts"),
    numbers: fc.constant([98, 99, 1_010]),
    stressed: fc.uniqueArray(word, { maxLength: 3 }),
  }),
)
const documents = fc.array(block, { maxLength: 5 })

test("no line of any document is wider than the terminal", () => {
  fc.assert(
    fc.property(
      documents,
      fc.integer({ min: 32, max: 120 }),
      fc.constantFrom("text" as const, "table" as const),
      (document, width, kind) => {
        for (const line of lines(show(document, { format: kind, width })))
          expect(displayWidth(line)).toBeLessThanOrEqual(width)
      },
    ),
  )
})

test("colours change nothing but the colours", () => {
  fc.assert(
    fc.property(documents, fc.constantFrom("16" as const, "256" as const, "truecolor" as const), (document, color) => {
      const plain = lines(show(document)).map((line) => line.trimEnd())
      const painted = lines(stripVTControlCharacters(show(document, { color }))).map((line) => line.trimEnd())
      expect(painted).toEqual(plain)
    }),
  )
})

test("nothing that a terminal obeys gets through, in any format", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\r\u0008 \u202e}user\u2066 \u009b31m"
  const document: Document = [
    { kind: "heading", text: evil },
    { kind: "paragraph", text: evil },
    { kind: "list", items: [evil] },
    { kind: "fields", entries: [[evil, evil]] },
    { kind: "table", columns: [{ title: evil }], rows: [[evil]] },
    { kind: "quote", path: evil, startLine: 1, endLine: 1, text: evil, language: evil, note: evil },
  ]
  for (const kind of ["text", "table", "markdown"] as const) {
    expect(show(document, { format: kind })).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
    )
  }
})

test("a passage has its place to click on, line numbers, and its marked lines stand out without colours", () => {
  const text = show([
    {
      kind: "quote",
      path: "src/a.ts",
      startLine: 9,
      endLine: 11,
      text: "one\n\ttwo\nthree\n",
      language: "ts",
      marked: [10],
      note: "why",
    },
  ])
  expect(lines(text)).toEqual(["src/a.ts:10  why", "   9 │ one", "> 10 │     two", "  11 │ three"])
})

test("a passage in Markdown can't break out of its fence", () => {
  const text = show(
    [{ kind: "quote", path: "a.md", startLine: 1, endLine: 3, text: "```js\nx\n```", language: "markdown" }],
    { format: "markdown" },
  )
  expect(text).toBe("`a.md:1`\n\n````markdown\n```js\nx\n```\n````\n")
})

test("what is literal stays literal in Markdown", () => {
  const text = show([{ kind: "paragraph", text: "# no *title* <b> `x` **strong** a_b [l](u)" }], { format: "markdown" })
  expect(text).toBe("\\# no \\*title\\* \\<b\\> `x` **strong** a\\_b \\[l\\](u)\n")
})

test("a table lines up with wide characters in it, and numbers stand right", () => {
  const text = show([
    {
      kind: "table",
      columns: [{ title: "name" }, { title: "files", align: "right" }],
      rows: [
        ["日本", "5"],
        ["🦆 duck", "1,234"],
      ],
    },
  ])
  expect(lines(text)).toEqual(["  name     files", "  日本         5", "  🦆 duck  1,234"])
  expect(lines(text).map(displayWidth)).toEqual([16, 16, 16])
})

test("a table too wide for the terminal wraps its widest column", () => {
  const text = show(
    [{ kind: "table", columns: [{ title: "a" }, { title: "b" }], rows: [["short", "long ".repeat(20).trim()]] }],
    { width: 40 },
  )
  expect(lines(text).length).toBeGreaterThan(3)
  expect(text.match(/long/g)).toHaveLength(20)
})

test("as boxes, fields and lists are tables too", () => {
  expect(lines(show([{ kind: "fields", entries: [["port", "4711"]] }], { format: "table" }))).toEqual([
    "┌───────┬───────┐",
    "│ Field │ Value │",
    "├───────┼───────┤",
    "│ port  │ 4711  │",
    "└───────┴───────┘",
  ])
})

test("a column that may be cut gives way before another is wrapped", () => {
  const columns = [{ title: "" }, { title: "", isCut: true }]
  const rows = [["src/a/long/path/of/a/file.ts:120", "`const cut = first.second.third.fourth.fifth.sixth()`"]]
  const [line, ...rest] = lines(show([{ kind: "table", columns, rows }], { width: 70 }))
  expect(rest).toEqual([])
  expect(line).toBe("  src/a/long/path/of/a/file.ts:120  const cut = first.second.third.fo…")
  expect(show([{ kind: "table", columns, rows }], { width: 0 })).toContain("sixth()")
})

test("text from elsewhere keeps all its signs, whatever they are", () => {
  const from = fc
    .string({ unit: fc.constantFrom("`", "*", "\\", "a", "_", " b", "|", "<", "#") })
    .map((text) => `x${text}x`)
  fc.assert(
    fc.property(from, from, (a, b) => {
      const plain = (text: string) =>
        readInline(text)
          .map((span) => span.text)
          .join("")
      expect(plain(literal(a))).toBe(a)
      expect(readInline(inlineCode(a))).toEqual([{ text: a, style: "code" }])
      expect(plain(`${literal(a)} ${inlineCode(b)} **bold** ${literal(b)}`)).toBe(`${a} ${b} bold ${b}`)
    }),
  )
  expect(show([{ kind: "paragraph", text: inlineCode("`a`") }], { format: "markdown" })).toBe("`` `a` ``\n")
})

test("with no width nothing is wrapped", () => {
  const text = "word ".repeat(200).trim()
  expect(show([{ kind: "paragraph", text }], { width: 0 })).toBe(`${text}\n`)
})

test("JSON is the output itself", () => {
  expect(format({ a: [1] }, () => [], { format: "json" })).toBe('{\n  "a": [\n    1\n  ]\n}\n')
})

test("an output that no one has dressed is shown as fields and tables", () => {
  const text = show(
    plainView({
      startedAt: "today",
      isReady: true,
      tags: ["a", "b"],
      jobs: [
        { id: "1", tries: 2 },
        { id: "2", tries: 0 },
      ],
      none: [],
    }),
  )
  expect(lines(text)).toEqual([
    "  started at  today",
    "  is ready    yes",
    "  tags        a, b",
    "  none        -",
    "",
    "jobs",
    "  id  tries",
    "  1       2",
    "  2       0",
  ])
})

test("an error is its message and what to do next", () => {
  const text = show(errorDocument({ code: "X", message: "It broke.", hint: "Mend it.", status: 500 }))
  expect(text).toBe("It broke.\n\nMend it.\n")
})

test("graphemes are never split and never measured wrong", () => {
  expect(displayWidth("👩‍👩‍👧‍👦")).toBe(2)
  expect(displayWidth("e\u0301")).toBe(1)
  expect(displayWidth("한글")).toBe(4)
  expect(splitAt("👩‍👩‍👧‍👦x", 1)).toEqual(["", "👩‍👩‍👧‍👦x"])
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      const [head, tail] = splitAt(text, columns)
      expect(head + tail).toBe(text)
      expect(displayWidth(clip(text, columns + 1))).toBeLessThanOrEqual(columns + 1)
    }),
  )
})

test("a line of ten megabytes is shown in no time, cut", () => {
  const text = "é".repeat(10_000_000)
  const out = show([{ kind: "quote", path: "a.js", startLine: 1, endLine: 1, text, language: "javascript" }], {
    width: 80,
  })
  expect(out.length).toBeLessThan(200)
})

test("lines that were left out of a quotation are marked, and sought words stand out in colour", () => {
  const quote = {
    kind: "quote",
    path: "a.ts",
    startLine: 8,
    endLine: 20,
    numbers: [8, 9, 20],
    text: "retry(\n  n)\nretryAll(retry)",
    language: "ts",
    stressed: ["retry", "retryAll"],
  } as const
  expect(lines(show([quote]))).toEqual(["a.ts:8", "   8 │ retry(", "   9 │   n)", "   ⋮", "  20 │ retryAll(retry)"])
  const painted = show([quote], { color: "16" })
  expect(painted).toContain("\u001b[31mretryAll\u001b[39m(\u001b[31mretry\u001b[39m)")
  expect(show([quote], { format: "markdown" })).toContain("  n)\n…\nretryAll(retry)\n```")
})

test("the lines of a diff have the numbers that they have in their files, and their colours", () => {
  const quote = {
    kind: "quote",
    path: "a.ts",
    startLine: 9,
    endLine: 20,
    text: "@@ -9,3 +9,3 @@\n one\n-- two\n+2\n three\n@@ -19 +19,2 @@\n+0\n last\n\\ No newline at end of file",
    language: "diff",
  } as const
  expect(lines(show([quote]))).toEqual([
    "a.ts:9",
    "     │ @@ -9,3 +9,3 @@",
    "   9 │  one",
    "  10 │ -- two",
    "  10 │ +2",
    "  11 │  three",
    "     │ @@ -19 +19,2 @@",
    "  19 │ +0",
    "  20 │  last",
    "     │ \\ No newline at end of file",
  ])
  const painted = show([quote], { color: "16" })
  expect(painted).toContain("\u001b[31m-- two\u001b[39m")
  expect(painted).toContain("\u001b[32m+2\u001b[39m")
})
