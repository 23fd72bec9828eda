import { execFileSync, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { unifiedDiff } from "./line-diff.ts"

test("equal texts have no difference", () => {
  expect(unifiedDiff("a\nb\n", "a\nb\n")).toBe("")
  expect(unifiedDiff("", "")).toBe("")
})

test("a changed line stands between its neighbours, and what has no line end says so", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
  expect(unifiedDiff(before, before.replace("5", "five"))).toBe("@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n")
  expect(unifiedDiff("a", "")).toBe("@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n")
})

test("`patch` makes the new text of the old one and the difference", () => {
  const folder = treeWith()
  const line = fc.constantFrom("a\n", "b\n", "c\n", "d\n", "\n")
  const text = fc
    .tuple(fc.array(line, { maxLength: 25 }), fc.constantFrom("", "", "end"))
    .map(([lines, end]) => lines.join("") + end)
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after)
      writeFileSync(join(folder, "old"), before)
      writeFileSync(join(folder, "x.patch"), `--- old\n+++ old\n${unifiedDiff(before, after)}`)
      const patched = spawnSync("git", ["apply", "--whitespace=nowarn", "--unsafe-paths", "-p0", "x.patch"], {
        cwd: folder,
        encoding: "utf8",
      })
      expect(patched.stderr).toBe("")
      expect(execFileSync("cat", ["old"], { cwd: folder, encoding: "utf8" })).toBe(after)
    }),
    { numRuns: 60 },
  )
})

test("texts with very many differences are still shown, as one", () => {
  const lines = (of: string) => Array.from({ length: 3000 }, (_, i) => `${of}${i}\n`).join("")
  const text = unifiedDiff(lines("a"), lines("b"))
  expect(text.match(/^@@/gm)).toHaveLength(1)
  expect(text.split("\n")).toHaveLength(6002)
})
