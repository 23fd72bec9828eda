import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import { repositoryWith, treeWith } from "../../workspace/tree.testing.ts"
import { explain } from "./explain.ts"
import { Explanation } from "./explanation.ts"

async function explained(target: string, root = treeWith(shop)): Promise<Explanation> {
  const explanation = await explain(target, { index: await indexOf(root) })
  expect(Explanation.parse(explanation)).toEqual(explanation)
  return explanation
}

test("a file is explained by its outline, imports, importers, tests and history", async () => {
  const explanation = await explained("src/price.ts", repositoryWith(shop))
  expect(explanation.kind).toBe("file")
  expect(explanation.outline.map(({ name }) => name)).toEqual(["grossPrice", "taxRates"])
  expect(explanation.imports).toEqual([{ module: "./money.ts", line: 1, to: ["src/money.ts"] }])
  expect(explanation.importedBy.map(({ path }) => path)).toEqual(["src/basket.ts", "src/price.test.ts"])
  expect(explanation.tests.map(({ path }) => path)).toEqual(["src/price.test.ts"])
  expect(explanation.history).toHaveLength(1)
})

test("a folder is said to be one, with a file in it that can be explained", async () => {
  const root = treeWith(shop)
  await expect(explained("./src/", root)).rejects.toMatchObject({
    code: "TARGET_IS_FOLDER",
    message: expect.stringMatching(/^src is a folder, of \d+ files\.$/),
    hint: expect.stringContaining("src/"),
  })
})

test("the end of a path is enough where only one file ends so", async () => {
  expect(await explained("money.ts")).toMatchObject({ kind: "file", path: "src/money.ts" })
})

test("a definition is explained by its doc, callers and callees", async () => {
  const explanation = await explained("grossPrice")
  expect(explanation).toMatchObject({ kind: "symbol", path: "src/price.ts", startLine: expect.any(Number) })
  expect(explanation.doc).toContain("Throws when the country is unknown.")
  expect(explanation.callers.map(({ from }) => from)).toContain("Basket.total")
  expect(explanation.callees.map(({ to }) => to)).toContain("round")
})

test("a class is explained with what it holds", async () => {
  const explanation = await explained("Basket")
  expect(explanation.outline.map(({ name }) => name)).toEqual(expect.arrayContaining(["Basket.add", "Basket.total"]))
})

test("a line is explained by the definition around it", async () => {
  expect(await explained("src/basket.ts:12")).toMatchObject({
    kind: "symbol",
    headline: expect.stringContaining("Basket.total"),
  })
})

test("a range of lines is quoted, with the definitions it touches", async () => {
  const explanation = await explained("src/basket.ts:6-12")
  expect(explanation).toMatchObject({ kind: "range", passage: { startLine: 6, endLine: 12 } })
  expect(explanation.outline.map(({ name }) => name)).toEqual(["Basket", "Basket.add", "Basket.total"])
})

test("a name that is not there is refused with the nearest ones", async () => {
  await expect(explained("grosPrice")).rejects.toMatchObject({
    code: "TARGET_NOT_FOUND",
    hint: expect.stringContaining("grossPrice (src/price.ts:4)"),
  })
})

test("lines that the file does not have are refused with how many it has", async () => {
  await expect(explained("src/money.ts:50-60")).rejects.toMatchObject({
    code: "LINES_OUT_OF_RANGE",
    message: expect.stringContaining("src/money.ts has 4 lines"),
  })
})
