import { expect, test } from "vitest"
import type { ServedCompletion } from "../../code/language-servers/language-servers.ts"
import { indexOf, shop } from "../../code/project.testing.ts"
import { edited } from "../../code/refactorings/refactoring.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { cursorIn } from "./cursor.ts"
import { lexiconsOf } from "./lexicon.ts"
import { suggest } from "./suggest.ts"

/** Suggestions where "¦" stands. */
async function suggested(
  path: string,
  marked: string,
  files: Record<string, string> = shop,
  { learned = true, most = 10, served = [] as readonly ServedCompletion[] } = {},
) {
  const index = await indexOf(treeWith(files))
  const offset = marked.indexOf("¦")
  const text = marked.replace("¦", "")
  const cursor = cursorIn({ path, text, offset })
  const lexicon = learned ? await lexiconsOf(index).ready(cursor.language) : undefined
  const all = suggest(cursor, { files: index.files(), lexicon, served, most })
  const accepted = (at = 0) => {
    const one = all[at]
    if (!one) throw new Error("Nothing was suggested.")
    return edited(text, [{ start: one.start, end: one.end, text: one.text }, ...one.edits])
  }
  return { all, texts: all.map((one) => one.text), accepted, cursor }
}

test("the file alone suggests names in scope, the nearest first, and not those of closed blocks", async () => {
  const marked = `function a(hiddenOne: number) {
  const hidden = hiddenOne
  return hidden
}
function b(higher: number, height: number) {
  return hi¦
}
`
  const { texts } = await suggested("src/new.ts", marked, {}, { learned: false })
  expect(texts[0]).toBe("higher")
  expect(texts.indexOf("hidden")).toBeGreaterThan(0)
})

test("Python's blocks are told by their indentation", async () => {
  const marked =
    "def a(item_one):\n    item_two = item_one\n    return item_two\n\ndef b(item_three):\n    return item¦\n"
  const { texts } = await suggested("new.py", marked, {}, { learned: false })
  expect(texts[0]).toBe("item_three")
})

test("a name of another file comes with its import, in the file's style", async () => {
  const marked = "import { round } from './money.ts';\n\nexport const cost = gross¦\n"
  const { all, accepted } = await suggested("src/till.ts", marked)
  expect(all[0]).toMatchObject({ text: "grossPrice", kind: "name", detail: expect.stringContaining("net: number") })
  expect(accepted()).toBe(
    "import { round } from './money.ts';\nimport { grossPrice } from './price.ts';\n\nexport const cost = grossPrice\n",
  )
})

test("private members are suggested within their class alone, and constructors nowhere", async () => {
  const hidden = `export class Safe {\n  private code = 1\n  constructor() {}\n  open() {\n    return 1\n  }\n}\n`
  const files = { "src/safe.ts": hidden }
  const { texts } = await suggested("src/a.ts", "const safe = new Safe()\nsafe.¦", files)
  expect(texts).toContain("open")
  expect(texts).not.toContain("code")
  expect(texts).not.toContain("constructor")
  const inside = await suggested("src/safe.ts", hidden.replace("return 1", "return this.¦"), files)
  expect(inside.texts).toContain("code")
})

test("a further name of a module that is imported already joins its import", async () => {
  const files = { ...shop, "src/money.ts": `${shop["src/money.ts"]}export function roundUp(n: number) { return n }\n` }
  const { accepted, texts } = await suggested("src/till.ts", 'import { round } from "./money.ts"\nroundU¦', files)
  expect(texts[0]).toBe("roundUp")
  expect(accepted()).toBe('import { round, roundUp } from "./money.ts"\nroundUp')
})

test("members are those of the type that the buffer gives the name before the dot", async () => {
  const marked = 'import { Basket } from "./basket.ts"\nconst mine = new Basket()\nmine.¦'
  const { all } = await suggested("src/till.ts", marked)
  expect(all.map(({ text }) => text)).toEqual(expect.arrayContaining(["add", "total"]))
  expect(all[0]).toMatchObject({ kind: "member" })
})

test("in the quotes of an import modules are suggested: files near by, and what the project imports", async () => {
  const near = await suggested("src/till.ts", 'import { x } from "./mo¦')
  expect(near.texts).toEqual(["./money"])
  const ended = await suggested("src/till.ts", 'import { y } from "./price.ts"\nimport { x } from "./mo¦')
  expect(ended.texts).toEqual(["./money.ts"])
  expect((await suggested("src/till.ts", 'import { test } from "vi¦"')).texts).toEqual(["vitest"])
})

test("what the project nearly always writes is suggested whole", async () => {
  const files = Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((name) => [
      `src/${name}.ts`,
      `export function ${name}(signal: AbortSignal) {\n  if (signal.aborted) throw signal.reason\n  return "${name}"\n}\n`,
    ]),
  )
  const marked = "export function f(signal: AbortSignal) {\n  if (sig¦\n}\n"
  const { all } = await suggested("src/f.ts", marked, files)
  expect(all[0]?.text).toBe("signal")
  expect(all.find(({ kind }) => kind === "idiom")?.text).toBe("signal.aborted")
})

test("comments and strings are left alone, but not what is written within a template", async () => {
  expect((await suggested("src/a.ts", "// rou¦")).all).toEqual([])
  expect((await suggested("src/a.ts", 'const rounded = 1\nconst text = "rou¦')).all).toEqual([])
  expect((await suggested("src/a.ts", ["const rounded = 1\nconst text = `a $", "{rou¦} b`"].join(""))).texts[0]).toBe(
    "rounded",
  )
})

test("a name that is typed in the middle is replaced to its end", async () => {
  const { accepted, all } = await suggested("src/a.ts", "const roundedPrice = 1\nround¦Price", {}, { learned: false })
  expect(all[0]?.text).toBe("roundedPrice")
  expect(accepted()).toBe("const roundedPrice = 1\nroundedPrice")
})

test("languages without a grammar, empty files and broken code are no errors", async () => {
  expect((await suggested("notes.xyz", "alpha beta alp¦", {})).texts).toContain("alpha")
  expect((await suggested("src/empty.ts", "¦")).all.length).toBeGreaterThanOrEqual(0)
  expect((await suggested("src/broken.ts", "function (((( { const value = }}}} val¦")).texts).toContain("value")
})

test("behind a dot, what a language server offers comes before what was only written so elsewhere", async () => {
  const marked = "const till = open()\ntill.paid()\ntill.paid()\ntill.p¦\n"
  const files = shop
  const offer = { kind: 5, detail: "number", sortText: "1" }
  const served = [{ ...offer, label: "pence", insert: "pence" }]
  expect((await suggested("src/new.ts", marked, files)).texts[0]).toBe("paid")
  const { texts } = await suggested("src/new.ts", marked, files, { served })
  expect(texts.slice(0, 2)).toEqual(["pence", "paid"])
  const unrelated = [{ ...offer, label: "total", insert: "total" }]
  expect((await suggested("src/new.ts", marked, files, { served: unrelated })).texts[0]).toBe("paid")
})
