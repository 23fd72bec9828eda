import fc from "fast-check"
import { expect, test } from "vitest"
import { applyHunks } from "./hunks.ts"
import { parsePatch } from "./parse-patch.ts"
import { replace } from "./replace.ts"
import { unifiedDiff } from "./unified.ts"

const line = fc.constantFrom("a", "b", "c", "", " x", "\ty", "-- z", "++ z", "@@ -1 +1 @@", "\\ q", "é🦆", "}")
const end = fc.constantFrom("\n", "\n", "\n", "\r\n")
const text = fc
  .tuple(fc.array(fc.tuple(line, end), { maxLength: 30 }), fc.constantFrom("", "last", "}"))
  .map(([lines, last]) => lines.flat().join("") + last)

const apply = (before: string, patch: string) => {
  const [file] = parsePatch(patch)
  if (file?.kind !== "update") throw new Error("not an update")
  return applyHunks(before, file.hunks)
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return "done"
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error)
  }
}
const messageOf = (work: () => unknown): string => {
  try {
    work()
    return "done"
  } catch (error) {
    return String(error)
  }
}

test("the difference of two texts, applied to the first, is the second, to the byte", () => {
  fc.assert(
    fc.property(text, text, fc.constantFrom(0, 1, 3), (before, after, context) => {
      const diff = unifiedDiff(before, after, { from: "a/x", to: "b/x", context })
      expect(diff === "").toBe(before === after)
      if (before === after) return
      const result = apply(before, diff)
      expect(result.text).toBe(after)
      expect(result.applied.every((one) => one.offset === 0 && one.fuzz === 0)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test("a patch never changes a line that it does not name, also when the file has grown around it", () => {
  const lines = fc.uniqueArray(fc.stringMatching(/^[a-z ]{1,8}$/), { minLength: 4, maxLength: 20 })
  fc.assert(
    fc.property(
      lines,
      fc.nat(),
      fc.array(fc.stringMatching(/^[A-Z]{3}$/), { maxLength: 5 }),
      fc.boolean(),
      (old, at, more, isWindows) => {
        const where = at % old.length
        const ends = isWindows ? "\r\n" : "\n"
        const join = (all: readonly string[]) => all.map((one) => one + ends).join("")
        const changed = old.with(where, "CHANGED")
        const diff = unifiedDiff(join(old), join(changed), { from: "a/x", to: "b/x" })
        const result = apply(join([...more, ...old]), diff)
        expect(result.text).toBe(join([...more, ...changed]))
        expect(result.applied[0]?.offset).toBe(more.length)
      },
    ),
  )
})

test("an exact replacement changes nothing else, whatever the line ends", () => {
  fc.assert(
    fc.property(text, text, fc.stringMatching(/^[A-Z\r\n]{0,6}$/), (head, tail, fresh) => {
      const result = replace(`${head}@UNIQUE@${tail}`, "@UNIQUE@", fresh)
      expect(result).toMatchObject({ text: `${head}${fresh}${tail}`, recovered: [] })
    }),
  )
})

test("an edit given with other line ends keeps those of the file, and says so", () => {
  const result = replace("one\r\ntwo\r\nthree\r\n", "one\ntwo\n", "one\n2\nand\n")
  expect(result).toEqual({ text: "one\r\n2\r\nand\r\nthree\r\n", lines: [1], recovered: ["line-ends"] })
  expect(replace("one\ntwo\n", "one\r\ntwo", "1\r\ntwo").text).toBe("1\ntwo\n")
})

test.each([
  ["white space at the ends", "a  \nb\t\nc\n", "a\nb", "a\nB", "a  \nB\nc\n", ["trailing-white-space"]],
  [
    "another indentation",
    "if (x) {\n\t\ta()\n\t\tb()\n}\n",
    "    a()\n    b()\n",
    "    a()\n    if (y)\n      c()\n",
    "if (x) {\n\t\ta()\n\t\tif (y)\n\t\t  c()\n}\n",
    ["indentation"],
  ],
  ["typographic quotes", "say(“hello”)\nend\n", 'say("hello")', 'say("bye")', 'say("bye")\nend\n', ["quotes"]],
  ["quotes that the edit does not touch", "it’s\nx\n", "it's\nx", "it's\ny", "it’s\ny\n", ["quotes"]],
  ["line numbers", "let a\nlet b\n", "1\tlet a\n2\tlet b", "1\tlet a\n2\tlet c", "let a\nlet c\n", ["line-numbers"]],
  [
    "numbers of a listing",
    "  x\n  y\n",
    "  9: \u0020 x\n 10: \u0020 y\n",
    "  x\n  z\n",
    "  x\n  z\n",
    ["line-numbers"],
  ],
  ["a missing last line end", "a\nb", "b  \n", "c\n", "a\nc", ["trailing-white-space"]],
])("an edit with %s finds its place and tells what was done", (_, file, before, after, expected, recovered) => {
  expect(replace(file, before, after)).toMatchObject({ text: expected, recovered })
})

test("an edit that is found in spite of white space changes nothing outside the lines it names", () => {
  const name = fc.stringMatching(/^[a-z]{3,8}$/)
  const space = fc.constantFrom("", " ", "  ", "\t", "\t ")
  const row = fc.record({ before: space, name, after: space, end: fc.constantFrom("\n", "\r\n") })
  const rows = fc.uniqueArray(row, { minLength: 3, maxLength: 12, selector: (one) => one.name })
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat(), space, (all, start, length, indent) => {
      const from = start % all.length
      const to = Math.min(all.length, from + 1 + (length % 3))
      const print = (some: typeof all) => some.map((one) => one.before + one.name + one.after + one.end).join("")
      const given = all.slice(from, to).map((one) => `${indent}${one.name}\n`)
      const result = replace(print(all), given.join(""), [...given.slice(0, -1), `${indent}NEW\n`].join(""))
      expect(result.text.startsWith(print(all.slice(0, to - 1)))).toBe(true)
      expect(result.text.endsWith(print(all.slice(to)))).toBe(true)
      const middle = result.text.slice(
        print(all.slice(0, to - 1)).length,
        result.text.length - print(all.slice(to)).length,
      )
      expect(middle.trim()).toBe("NEW")
    }),
    { numRuns: 1000 },
  )
})

test("a text that stands in several places is refused with their lines, unless all are meant", () => {
  const file = "x = 1\ny = 2\nx = 1\n  x = 1\n"
  expect(messageOf(() => replace(file, "x = 1", "x = 3"))).toMatch(/3 times: at lines 1, 3, 4/)
  expect(replace(file, "x = 1", "x = 3", { all: true })).toEqual({
    text: "x = 3\ny = 2\nx = 3\n  x = 3\n",
    lines: [1, 3, 4],
    recovered: [],
  })
  expect(codeOf(() => replace("a \nb\na  \n", "a\t", "c"))).toBe("EDIT_AMBIGUOUS")
})

test("a text that is not there is refused with the nearest lines and how they differ", () => {
  const file = "function add(a, b) {\n  return a + b\n}\n\nfunction sub(a, b) {\n  return a - b\n}\n"
  const said = messageOf(() => replace(file, "function sub(a, b) {\n  return b - a\n}", "x"))
  expect(said).toContain("lines 5-7 of the file")
  expect(said).toContain("-  return a - b\n+  return b - a")
  expect(messageOf(() => replace(file, "completely ~~~ else", "x"))).toContain("Nothing in it is similar")
  expect(codeOf(() => replace(file, "", "x"))).toBe("EDIT_OF_NOTHING")
  expect(codeOf(() => replace(file, "x", "x"))).toBe("EDIT_WITHOUT_CHANGE")
  expect(codeOf(() => replace(file, "  \n", "x"))).toBe("EDIT_NOT_FOUND")
})

const begin = (body: string) => `*** Begin Patch\n${body}\n*** End Patch`

test("the Begin Patch format finds its places by anchors and context", () => {
  const file = "class A\n  def run\n    1\n\nclass B\n  def run\n    1\n"
  const patch = (anchor: string) => begin(`*** Update File: x\n${anchor}   def run\n-    1\n+    2`)
  expect(apply(file, patch("@@ class B\n")).text).toBe("class A\n  def run\n    1\n\nclass B\n  def run\n    2\n")
  expect(codeOf(() => apply(file, patch("@@\n")))).toBe("EDIT_AMBIGUOUS")
  expect(codeOf(() => apply(file, patch("@@ class C\n")))).toBe("EDIT_NOT_FOUND")
  expect(apply(file, patch("@@ class B\n@@   def run\n")).text).toContain("class B\n  def run\n    2\n")
  const atEnd = begin("*** Update File: x\n@@\n   def run\n     1\n+    3\n*** End of File")
  expect(apply(file, atEnd)).toMatchObject({ text: `${file}    3\n`, applied: [{ line: 6 }] })
})

test("several hunks go in order, and what fits only nearly is told", () => {
  const file = "a\nb\nc\nd\ne\nf\ng\n"
  const two = apply(file, begin("*** Update File: x\n@@\n a\n-b\n+B\n@@\n-f  \n+F"))
  expect(two.text).toBe("a\nB\nc\nd\ne\nF\ng\n")
  expect(two.applied.map((one) => one.likeness)).toEqual(["exact", "trailing-white-space"])
  const fuzzy = apply(file, "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n unknown\n c\n-d\n+D\n e\n")
  expect(fuzzy).toMatchObject({ text: "a\nb\nc\nD\ne\nf\ng\n", applied: [{ fuzz: 1, line: 3, offset: 1 }] })
})

test("a patch without carriage returns keeps those of the file, and no line end at the end stays none", () => {
  expect(apply("a\r\nb\r\nc\r\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n+BB\n c\n").text).toBe(
    "a\r\nB\r\nBB\r\nc\r\n",
  )
  expect(apply("a\nb", begin("*** Update File: x\n@@\n-b\n+c\n+d")).text).toBe("a\nc\nd")
})

test("what git says of a file without hunks is done: renamed as it is, empty and new, empty and gone", () => {
  const head = (path: string, to = path) => `diff --git a/${path} b/${to}\n`
  const patch =
    `${head("a b.txt", "c.txt")}similarity index 100%\nrename from a b.txt\nrename to c.txt\n` +
    `${head("new.txt")}new file mode 100644\nindex 0000000..e69de29\n` +
    `${head("old.txt")}deleted file mode 100644\n` +
    `${head("mode.sh")}old mode 100644\nnew mode 100755\n` +
    `${head("d.txt")}index 1..2 100644\n--- a/d.txt\n+++ b/d.txt\n@@ -1 +1 @@\n-x\n+y\n`
  expect(parsePatch(patch)).toMatchObject([
    { kind: "update", path: "a b.txt", moveTo: "c.txt", hunks: [] },
    { kind: "add", path: "new.txt", text: "" },
    { kind: "delete", path: "old.txt" },
    { kind: "update", path: "d.txt", moveTo: undefined, hunks: [{ oldStart: 1 }] },
  ])
})

test("a patch that can't be read is refused with what is wrong in it", () => {
  for (const [patch, why] of [
    ["nothing", /no `--- ` and `\+\+\+ ` lines/],
    ["--- a/x\n+++ b/x\n", /x has no hunk/],
    ["*** Begin Patch\n*** Update File: x\n@@\n-a\n+b", /does not end/],
    [begin("*** Update File: x\n@@\n?a"), /line 4 begins with none/],
    [begin("*** Add File: x\nno plus"), /line 3: each line/],
    [begin("*** Delete File: x\n*** Delete File: x"), /x comes twice/],
    [begin("hello"), /line 2 is none/],
  ] as const)
    expect(messageOf(() => parsePatch(patch))).toMatch(why)
  expect(parsePatch("```diff\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n```")).toEqual([{ kind: "delete", path: "x" }])
})
