import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("a package's scripts are sections of their own, what is deeper is not", async () => {
  const { definitions } = await terse(
    "package.json",
    `{
  "name": "duck",
  "scripts": {
    "build": "x",
    "es\\"caped": "y"
  },
  "deep": { "a": { "b": 1 } },
  "list": [{ "c": 1 }],
  "": 1
}
`,
  )
  expect(definitions).toEqual([
    "section name 2-2",
    "section scripts 3-6",
    "section scripts > build 4-4",
    'section scripts > es\\"caped 5-5',
    "section deep 7-7",
    "section deep > a 7-7",
    "section list 8-8",
  ])
})

test("JSON with comments and a missing end is read as far as it goes", async () => {
  const { definitions, docs } = await terse(
    "tsconfig.json",
    '{\n  // How.\n  "options": { "strict": true },\n  "cut": {\n',
  )
  expect(definitions.slice(0, 2)).toEqual(["section options 3-3", "section options > strict 3-3"])
  expect(docs).toEqual({ options: "How." })
})

test("the tables of TOML end before what belongs to the next one", async () => {
  const { definitions, docs } = await terse(
    "a.toml",
    `"quoted key" = 1
a . b = 2

[deps]
# For data.
serde = "1"

# The tool.
[tool."x y".z]
k = """
many
"""

[[package]]
name = "one"
`,
  )
  expect(definitions).toEqual([
    "section quoted key 1-1",
    "section a.b 2-2",
    "section deps 4-6",
    "section deps > serde 6-6",
    "section tool.x y.z 9-12",
    "section tool.x y.z > k 10-12",
    "section package 14-15",
  ])
  expect(docs).toEqual({ serde: "For data.", "tool.x y.z": "The tool." })
})

test("TOML with a missing value keeps the tables around it", async () => {
  const { definitions } = await terse("a.toml", "[a]\nx = 1\n\n[b]\ny =\n\n[c]\nz = 1\n")
  expect(definitions).toEqual(expect.arrayContaining(["section a 1-2", "section c 7-8"]))
})

test("YAML gives two levels of keys of each document, and none within lists", async () => {
  const { definitions, docs } = await terse(
    "a.yaml",
    `%YAML 1.2
---
"quoted": 1
anchors: &a
  x: 1
use:
  <<: *a
  list:
    - name: one
      deep: 1
flow: {a: 1}
text: |
  key: no
# Old.

# New.
last:
  a:
    b: c
---
kind: Service
`,
  )
  expect(definitions).toEqual([
    "section quoted 3-3",
    "section anchors 4-5",
    "section anchors > x 5-5",
    "section use 6-10",
    "section use > << 7-7",
    "section use > list 8-10",
    "section flow 11-11",
    "section text 12-13",
    "section last 17-19",
    "section last > a 18-19",
    "section kind 21-21",
  ])
  expect(docs).toEqual({ last: "New." })
})

test("YAML with a template in it keeps the keys around it", async () => {
  const { definitions } = await terse("a.yaml", "one: 1\ntwo:\n  three: 3\n{{ include }}\n")
  expect(definitions).toEqual(expect.arrayContaining(["section one 1-1", "section two > three 3-3"]))
})
