import { expect, test } from "vitest"
import type { Refactoring } from "../../code/refactorings/refactoring.ts"
import { reconciled } from "./reconciled.ts"

const texts: Record<string, string> = { "a.ts": "total\n", "b.ts": "x\ny.total\n", "c.ts": "z.total\n" }
const read = async (path: string) => ({ text: texts[path] ?? "", hash: "" })
const edit = (path: string, start: number) => ({ path, edits: [{ start, end: start + 5, text: "sum" }] })
const unsure = (path: string, line: number) => ({ path, line, column: 3, text: "", why: "types" })
const made = (more: Partial<Refactoring>): Refactoring => ({
  title: "t",
  notes: [],
  files: [edit("a.ts", 0)],
  unsure: [],
  by: "syntax",
  ...more,
})

test("places that a server settles are settled; those it leaves out are still told", async () => {
  const own = made({ unsure: [unsure("b.ts", 2), unsure("c.ts", 1)] })
  const served = made({ files: [edit("a.ts", 0), edit("b.ts", 4)], by: "tsc" })
  expect(await reconciled(own, served, read)).toMatchObject({
    by: "tsc",
    files: served.files,
    unsure: [{ path: "c.ts", line: 1, why: expect.stringContaining("tsc does not count it") }],
  })
})

test("a server that leaves out what is sure is not believed", async () => {
  const own = made({ files: [edit("a.ts", 0), edit("b.ts", 4)] })
  const kept = await reconciled(own, made({ by: "tsc" }), read)
  expect(kept).toMatchObject({ by: "syntax", files: own.files })
  expect(kept.notes.join()).toContain("b.ts:2")
})
