import { expect, test } from "vitest"
import type { Refactoring, TextEdit } from "../../code/refactorings/refactoring.ts"
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

const served = (more: Partial<Refactoring>, meant?: TextEdit | "another") => ({
  refactoring: made({ by: "tsc", ...more }),
  meant: async () => meant,
})

test("places that a server settles are settled; those it leaves out are still told", async () => {
  const own = made({ unsure: [unsure("b.ts", 2), unsure("c.ts", 1)] })
  const files = [edit("a.ts", 0), edit("b.ts", 4)]
  expect(await reconciled(own, served({ files }), read)).toMatchObject({
    by: "tsc",
    files,
    notes: ["2 places in 2 files, as syntax and tsc tell them."],
    unsure: [{ path: "c.ts", line: 1, why: expect.stringContaining("tsc does not count it") }],
  })
})

test("what is sure is done as syntax has it, also where a server leaves it out or would end at an alias", async () => {
  const own = made({ files: [edit("a.ts", 0), edit("b.ts", 4)], unsure: [unsure("c.ts", 1)] })
  const alias = { path: "a.ts", edits: [{ start: 0, end: 5, text: "sum as total" }] }
  expect(await reconciled(own, served({ files: [alias, edit("c.ts", 2)] }), read)).toMatchObject({
    ...{ by: "tsc", unsure: [] },
    files: [edit("a.ts", 0), edit("b.ts", 4), edit("c.ts", 2)],
  })
  expect(await reconciled(own, served({ files: [alias] }), read)).toMatchObject({
    ...{ by: "syntax", files: own.files, notes: ["tsc knows of no further places."] },
    unsure: [{ path: "c.ts" }],
  })
})

test("a place of which a server says that it means something else is settled, and one that means the same is renamed", async () => {
  const own = made({ unsure: [unsure("c.ts", 1)] })
  expect(await reconciled(own, served({}, "another"), read)).toMatchObject({ by: "tsc", files: own.files, unsure: [] })
  const same = { start: 2, end: 7, text: "sum" }
  expect(await reconciled(own, served({}, same), read)).toMatchObject({
    ...{ by: "tsc", unsure: [] },
    files: [...own.files, { path: "c.ts", edits: [same] }],
  })
})

test("what only the index took for sure is left where the server says that it means something else", async () => {
  const own = made({ files: [edit("a.ts", 0), edit("b.ts", 4), edit("c.ts", 2)] })
  const asked: string[] = []
  const server = {
    refactoring: made({ by: "gopls", files: [edit("a.ts", 0)] }),
    meant: async ({ path }: { readonly path: string }) => {
      asked.push(path)
      return path === "c.ts" ? ("another" as const) : undefined
    },
  }
  expect(await reconciled(own, server, read, { trusts: false })).toMatchObject({
    ...{ by: "gopls", unsure: [] },
    files: [edit("a.ts", 0), edit("b.ts", 4)],
  })
  // What the server counts is not asked about.
  expect(asked).toEqual(["b.ts", "c.ts"])
})
