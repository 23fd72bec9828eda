import { expect, test } from "vitest"
import { checkedCitations } from "./citations.ts"

const passage = { language: "typescript", marked: [], name: "", note: "", text: "" }
const evidence = {
  passages: [
    { path: "src/a.ts", startLine: 10, endLine: 20, ...passage },
    { path: "Makefile", startLine: 1, endLine: 5, ...passage },
  ],
  connections: [
    { from: "x", verb: "calls" as const, to: "y", path: "src/b.ts", line: 7, text: "", depth: 1, confidence: 1 },
  ],
  tests: [],
}
const files: Record<string, number> = { "src/a.ts": 30, "src/b.ts": 9, "lib/c.py": 3, Makefile: 5 }
const read = async (path: string, { startLine }: { startLine: number }) =>
  startLine <= (files[path] ?? 0) ? "a line\n" : undefined
const check = (text: string) => checkedCitations(text, evidence, read)
const found = async (text: string) => (await check(text)).citations.map(({ path, line, found }) => [path, line, found])

test("places among the evidence are told from those that only exist and those that don't", async () => {
  const text = "See `src/a.ts:12-14`, src/b.ts:7, src/b.ts:8, ./lib/c.py:2, lib/c.py:4 and src/none.ts:1."
  expect(await found(text)).toEqual([
    ["src/a.ts", 12, "evidence"],
    ["src/b.ts", 7, "evidence"],
    ["src/b.ts", 8, "file"],
    ["lib/c.py", 2, "file"],
    ["lib/c.py", 4, "missing"],
    ["src/none.ts", 1, "missing"],
  ])
})

test("a wrong place is marked where it stands, a right one is left as it is", async () => {
  const { text } = await check("Right: src/a.ts:10. Wrong: src/a.ts:31, and again (src/a.ts:31).")
  expect(text).toBe("Right: src/a.ts:10. Wrong: src/a.ts:31 (no such place), and again (src/a.ts:31 (no such place)).")
})

test("a range counts as a whole: one that leaves the passage or the file, or runs backwards, is not there", async () => {
  expect(await found("src/a.ts:12-25 src/a.ts:12-31 src/a.ts:14-12 src/a.ts:0")).toEqual([
    ["src/a.ts", 12, "file"],
    ["src/a.ts", 12, "missing"],
    ["src/a.ts", 14, "missing"],
    ["src/a.ts", 0, "missing"],
  ])
})

test("files without an extension are known from the evidence, and what only looks like a place is no citation", async () => {
  expect(
    await found("Makefile:3 at 10:30, http://example.com:443/x, 127.0.0.1:80, localhost:8080, a:1 and std::a:2"),
  ).toEqual([["Makefile", 3, "evidence"]])
})
