import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import { openGit } from "../../workspace/git.ts"
import { fill, treeWith } from "../../workspace/tree.testing.ts"
import type { ContextNeed } from "../context.ts"
import { gatherer } from "../packing/gather.ts"
import { changesSource } from "./changes.ts"
import { filesSource } from "./files.ts"
import { openFilesSource } from "./open-files.ts"
import { searchSource } from "./search.ts"
import { symbolsSource } from "./symbols.ts"

const need = (more: Partial<ContextNeed>): ContextNeed => ({
  task: "",
  engine: "explain",
  paths: [],
  symbols: [],
  user: "u",
  ...more,
})
const signal = new AbortController().signal

test("a named file comes whole, and shorter as its outline and its signatures", async () => {
  const index = await indexOf(treeWith(shop))
  const [file] = await filesSource(index).gather(need({ paths: ["src/price.ts", "none.ts"] }), signal)
  expect(file).toMatchObject({ id: "src/price.ts", score: 0.95, text: shop["src/price.ts"] })
  const [excerpt, outline, signatures] = await Promise.all((file?.shorter ?? []).map(({ text }) => text()))
  expect(excerpt).toBe("")
  expect(outline).toContain("4: export function grossPrice(net: number, country: string): number")
  expect(outline).toContain("// Adds the tax of a country to a net price.")
  expect(signatures).toContain("grossPrice")
  expect(signatures).not.toContain("Adds the tax")
})

test("an excerpt has the lines that the task is about, with those around them, and says what it leaves out", async () => {
  const filler = (from: number) => Array.from({ length: 40 }, (_, i) => `const filler${from + i} = ${i}`)
  const text = [...filler(0), "function retryUpload(file) {", "  return file", "}", ...filler(40)].join("\n")
  const index = await indexOf(treeWith({ "a.js": text }))
  const [file] = await filesSource(index).gather(
    need({ task: "Uploads are retried too often", paths: ["a.js"] }),
    signal,
  )
  const excerpt = await file?.shorter?.find(({ form }) => form === "excerpt")?.text()
  expect(excerpt?.split("\n")).toEqual([
    "[... 37 lines left out ...]",
    "const filler37 = 37",
    "const filler38 = 38",
    "const filler39 = 39",
    "function retryUpload(file) {",
    "  return file",
    "}",
    "const filler40 = 0",
    "[... 39 lines left out ...]",
  ])
})

test("rules may have files cut into their definitions, or into sections of a size", async () => {
  const index = await indexOf(treeWith(shop))
  const cut = async (chunking: ContextNeed["chunking"]) =>
    filesSource(index).gather(need({ paths: ["src/price.ts"], chunking }), signal)
  const symbols = await cut({ unit: "symbol" })
  expect(symbols.length).toBeGreaterThan(1)
  expect(symbols[0]?.text).toContain("grossPrice")
  expect(symbols.map(({ text }) => text).join("\n")).toBe(shop["src/price.ts"])
  const sections = await cut({ unit: "section", maxTokens: 30 })
  expect(sections.length).toBeGreaterThan(2)
  expect(sections.map(({ text }) => text).join("\n")).toBe(shop["src/price.ts"])
  expect(await cut({ unit: "file" })).toHaveLength(1)
})

test("the lines in focus are there whatever else has no room", async () => {
  const index = await indexOf(treeWith(shop))
  const gather = gatherer([filesSource(index), searchSource(index)])
  const focus = { path: "src/price.ts", startLine: 4, endLine: 8 }
  const packed = await gather(need({ task: "round", paths: ["src/price.ts"], focus }), {
    budgetTokens: 100,
    withinMs: 5_000,
    signal,
  })
  expect(packed.items.map(({ id }) => id)).toContain("src/price.ts:4-8")
  expect(packed.tokens).toBeLessThanOrEqual(100)
})

test("open files come with the one in front first, and shorter as the lines around the cursor", async () => {
  const lines = Array.from({ length: 300 }, (_, n) => `export const line${n + 1} = ${n}`)
  const index = await indexOf(treeWith({ ...shop, "src/long.ts": `${lines.join("\n")}\n` }))
  const open = [{ path: "src/long.ts", line: 120 }, { path: "elsewhere.ts" }, { path: "src/money.ts" }]
  const items = await openFilesSource(index).gather(need({ task: "go on here", open }), signal)
  expect(items.map(({ id, why }) => [id, why])).toEqual([
    ["src/long.ts", "open in the editor at line 120"],
    ["src/money.ts", "open in the editor"],
  ])
  expect(items[0]?.score).toBeGreaterThan(items[1]?.score ?? 1)
  const excerpt = await items[0]?.shorter?.find(({ form }) => form === "excerpt")?.text()
  expect(excerpt?.split("\n")).toEqual([
    "[... 79 lines left out ...]",
    ...lines.slice(79, 160),
    "[... 141 lines left out ...]",
  ])
  const beyond = await openFilesSource(index).gather(need({ open: [{ path: "src/long.ts", line: 9_999 }] }), signal)
  expect(await beyond[0]?.shorter?.[0]?.text()).toMatch(/^\[\.\.\. 260 lines left out \.\.\.\]\nexport const line261 /)
})

test("a file that is open and named by the task goes in once, as named by the task", async () => {
  const index = await indexOf(treeWith(shop))
  const gather = gatherer([filesSource(index), openFilesSource(index)])
  const both = need({ paths: ["src/price.ts"], open: [{ path: "src/price.ts", line: 2 }] })
  const { items } = await gather(both, { budgetTokens: 4_000, withinMs: 5_000, signal })
  expect(items.map(({ id, why }) => [id, why])).toEqual([["src/price.ts", "named by the task"]])
})

test("documents are found as code is: by what they say, section by section", async () => {
  const guide = "# Guide\n\nAll about the shop.\n\n## Returns\n\nParcels are sent back within thirty days.\n"
  const index = await indexOf(treeWith({ ...shop, "docs/guide.md": guide }))
  const [first] = await searchSource(index).gather(need({ task: "how are parcels sent back" }), signal)
  expect(first).toMatchObject({ place: { path: "docs/guide.md" }, text: expect.stringContaining("thirty days") })
})

test("a name brings its definition, what it uses and who uses it", async () => {
  const index = await indexOf(treeWith(shop))
  const items = await symbolsSource(index).gather(need({ symbols: ["grossPrice"] }), signal)
  const reasons = Object.fromEntries(items.map(({ title, why }) => [title.split(":")[0], why]))
  expect(reasons).toMatchObject({
    "src/price.ts": "named by the task",
    "src/money.ts": "used by grossPrice",
    "src/basket.ts": "uses grossPrice",
  })
  const definition = items.find(({ why }) => why === "named by the task")
  expect(items.every(({ score }) => score <= (definition?.score ?? 0))).toBe(true)
})

test("the words of the task find code that it does not name", async () => {
  const index = await indexOf(treeWith(shop))
  const items = await searchSource(index).gather(need({ task: "where is the tax of a country added?" }), signal)
  expect(items[0]).toMatchObject({ source: "search", place: { path: "src/price.ts" } })
  expect(await searchSource(index).gather(need({ task: " " }), signal)).toEqual([])
})

test("what is not committed yet comes with the files of the task first", async () => {
  const root = treeWith({ ...shop, "a b/price.ts": "1\n", 'q"uote.ts': "1\n" })
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "pipe" })
  git("init", "-q")
  git("add", ".")
  git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "shop")
  fill(root, { "src/money.ts": "export const cents = 100\n", "src/price.ts": `${shop["src/price.ts"]}// more\n` })
  fill(root, { "a b/price.ts": "2\n", 'q"uote.ts': "2\n", "src/new.ts": "export const fresh = 1\n" })
  const changes = changesSource(await openGit(root), await indexOf(root))
  const items = await changes.gather(need({ paths: ["src/price.ts"] }), signal)
  expect(items.map(({ id, score, why }) => [id, score, why])).toEqual([
    ["changes:a b/price.ts", 0.25, "not committed yet"],
    ['changes:q"uote.ts', 0.25, "not committed yet"],
    ["changes:src/money.ts", 0.25, "not committed yet"],
    ["changes:src/price.ts", 0.6, "not committed yet, in a file of the task"],
    ["src/new.ts", 0.25, "new, not committed yet"],
  ])
  expect(items[3]?.text).toContain("+// more")
  expect(await changesSource(null, await indexOf(root)).gather(need({}), signal)).toEqual([])
})

test("what is confined to folders hears of nothing elsewhere", async () => {
  const root = treeWith({
    ...shop,
    "packages/till/tax.ts": "/** Adds the tax of a country. */\nexport const tax = 1\n",
  })
  const index = await indexOf(root)
  const task = "where is the tax of a country added?"
  const [only, ...others] = await searchSource(index).gather(need({ task, under: ["packages/till"] }), signal)
  expect([only?.place?.path, others]).toEqual(["packages/till/tax.ts", []])
  const packed = await gatherer([symbolsSource(index)])(need({ symbols: ["grossPrice"], under: ["packages/till"] }), {
    ...{ budgetTokens: 1_000, withinMs: 5_000, signal },
  })
  expect(packed.items).toEqual([])
})
