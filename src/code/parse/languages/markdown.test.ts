import fc from "fast-check"
import { expect, test } from "vitest"
import { parseFile } from "../parse-file.ts"
import { terse } from "./terse.testing.ts"

const sections = async (text: string) => (await terse("a.md", text)).definitions

test("sections end before the next heading of their level or a higher one", async () => {
  expect(await sections("# A\n\n## B\n\n#### C\n\n### D\n\n## E\n\n# F\n")).toEqual([
    "section A 1-10",
    "section A > B 3-8",
    "section A > B > C 5-6",
    "section A > B > D 7-8",
    "section A > E 9-10",
    "section F 11-11",
  ])
})

test("headings are known by their marks or their underline, of one line or several", async () => {
  expect(await sections("Title\n=====\n\nTwo\n  lines\n---\n\n   ### Three ###\n#no\n####### seven\n#\n")).toEqual([
    "section Title 1-11",
    "section Title > Two lines 4-11",
    "section Title > Two lines > Three 8-11",
  ])
})

test("a line of dashes under a list, a quotation, a table, a definition or nothing makes no heading", async () => {
  const text =
    "- item\n---\n\n- item\ngoes on\n---\n\n- item\n\n  more\n---\n\n> said\n---\n\n> said\non\n===\n\n| a |\n---\n\n" +
    "[a]: b.md\n---\n\n---\n\n***\n---\n"
  expect(await sections(text)).toEqual([])
})

test("a list ends where a line after a blank one stands before its text", async () => {
  expect(await sections("1. item\n\n   in it\n---\n\n  after it\n---\n")).toEqual(["section after it 6-7"])
})

test("code, comments, raw HTML and front matter have no headings", async () => {
  const text = `---
# front: matter
---

\`\`\`sh
# fenced
~~~
\`\`\`\`

~~~
\`\`\`
# fenced
~~~

    # indented

- \`\`\`sh
  # in a list
  \`\`\`
- item

    \`\`\`
    # deeper in a list
    \`\`\`

<!-- hidden
# hidden
-->

<pre>
# raw
</pre>

\`\`\`not a fence\`\`\` here

# Real
`
  expect((await sections(text)).map((line) => line.replace(/ \d.*/, ""))).toEqual(["section Real"])
})

test("a comment without an end hides nothing, an open fence hides the rest", async () => {
  expect(await sections("<!-- open\n# A\n\n```\n# B\n")).toEqual(["section A 2-5"])
})

test("the HTML headings of a README are sections", async () => {
  expect(await sections('<h1 align="center">\n  <img src="l.png" alt="Duck"> server\n</h1>\n\n<h2>Use</h2>\n')).toEqual(
    ["section Duck server 1-5", "section Duck server > Use 5-5"],
  )
})

test("a heading's name is its text without marks", async () => {
  expect(await sections("# [Link](x.md) **bold** `code_span` snake_case \\# _it_ ![alt](a.png) <b>b</b>\n")).toEqual([
    "section Link bold code_span snake_case # it alt b 1-1",
  ])
})

test("files that are linked to are imports, other sites and places in the page are not", async () => {
  const { imports } = await terse(
    "a.md",
    `[a](a.md) [b](<b c.md> "Title") ![d](img/d.png) [e](e%20f.md#part)
[site](https://example.com) [part](#part) <mailto:a@example.com>
[ref]: ./ref.md "Title"
<a href="g.md">g</a>

- list
    - [nested](nested.md)

    [code](none.md)

\`\`\`
[code](none.md)
\`\`\`
import Chart from "./chart.mdx"
`,
  )
  expect(imports).toEqual([
    "a.md",
    "b c.md",
    "img/d.png",
    "e f.md",
    "./ref.md",
    "g.md",
    "nested.md",
    "none.md",
    "./chart.mdx",
  ])
})

test("names in code spans are uses within their section", async () => {
  const text = "`before()`\n\nUses `a.b.run()`\n----------------\n\n`Foo::bar` and `not a name` and `x-y`\n"
  const { references, symbols } = await parseFile("a.md", text)
  expect(
    references.map(({ name, qualifier, line, column, within }) => [
      qualifier,
      name,
      line,
      column,
      symbols[within]?.name,
    ]),
  ).toEqual([
    ["", "before", 1, 2, undefined],
    ["a.b", "run", 3, 11, "Uses a.b.run()"],
    ["Foo", "bar", 6, 7, "Uses a.b.run()"],
  ])
})

test("any mix of headings, code, lists and comments gives the headings that were put in, nested by their levels", async () => {
  const filler = fc.constantFrom(
    "Some text.",
    "```\n# code\n```",
    "~~~md\n# code\n```\n~~~",
    "<!--\n# comment\n-->",
    "- a\n- b\n\n  ```\n  # code\n  ```",
    "> # quoted",
    "    # indented",
    "| a |\n|---|",
    "***",
  )
  const heading = fc.record({
    level: fc.integer({ min: 1, max: 6 }),
    isSetext: fc.boolean(),
    word: fc.stringMatching(/^[a-z]{1,8}$/),
  })
  const part = fc.oneof(filler, heading)
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), fc.constantFrom("\n", "\r\n"), async (parts, lineBreak) => {
      const expected: { name: string; level: number }[] = []
      const blocks = parts.map((one) => {
        // Text of a paragraph, so that indented code is not part of a list before it.
        if (typeof one === "string") return one.startsWith("    ") ? `Text.\n\n${one}` : one
        const isSetext = one.isSetext && one.level < 3
        expected.push({ name: one.word, level: one.level })
        return isSetext ? `${one.word}\n${one.level === 1 ? "==" : "--"}` : `${"#".repeat(one.level)} ${one.word}`
      })
      const text = blocks.join("\n\n").replaceAll("\n", lineBreak)
      const { symbols } = await parseFile("a.md", text)
      expect(symbols.map(({ name }) => name)).toEqual(expected.map(({ name }) => name))
      symbols.forEach(({ path }, at) => {
        let level = expected[at]?.level ?? 0
        const above: string[] = []
        for (let i = at - 1; i >= 0; i--) {
          const other = expected[i]
          if (!other || other.level >= level) continue
          above.unshift(other.name)
          level = other.level
        }
        expect(path).toEqual(above)
      })
    }),
    { numRuns: 300 },
  )
})

test("a change log of many thousand headings and a line made of half links are read at once", async () => {
  const log = await parseFile("a.md", `# Log\n\n${"## v\n\n<!-- open\n\n[x](a\n".repeat(20_000)}`)
  expect(log.symbols.length).toBe(20_001)
  const { lines } = await parseFile("a.md", `${'](a "'.repeat(900)}\n# ${" #".repeat(2000)}x\n${"text\n".repeat(3000)}`)
  expect(lines).toBe(3002)
})
