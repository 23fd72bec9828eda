import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { treeWith } from "../../workspace/tree.testing.ts"
import { extract } from "./extract.ts"
import { inline } from "./inline.ts"
import { moveFile } from "./move-file.ts"
import { moveSymbol } from "./move-symbol.ts"
import { organiseImports } from "./organise-imports.ts"
import type { Refactoring, RefactoringTools } from "./refactoring.ts"
import { projectWith } from "./refactorings.testing.ts"
import { removeUnused } from "./remove-unused.ts"
import { rewrite } from "./rewrite.ts"

/** What a program says. */
function said(text: string, name: string): string {
  const root = treeWith({ [name]: text })
  const [program, ...args] = name.endsWith(".py") ? ["python3", "-B"] : [process.execPath]
  return execFileSync(program ?? "", [...args, name], { cwd: root, encoding: "utf8" })
}

/** One file refactored; it must say the same before and after. */
async function changed(
  text: string,
  how: (tools: RefactoringTools) => Promise<Refactoring>,
  path = "a.ts",
): Promise<string> {
  const { tools, after } = await projectWith({ [path]: text })
  const now = (await after(await how(tools())))[path] ?? ""
  expect(said(now, path)).toBe(said(text, path))
  return now
}

test("a variable is inlined with brackets only where they are needed", async () => {
  const text = "const sum = 1 + 2\nconsole.log(sum * 2, sum, { sum }.sum, String(sum))\n"
  expect(await changed(text, (tools) => inline("a.ts:1", tools))).toBe(
    "console.log((1 + 2) * 2, 1 + 2, { sum: 1 + 2 }.sum, String(1 + 2))\n",
  )
  expect(
    await changed(
      "def f(a):\n    b = a + 1\n    return b * 2\n\nprint(f(2))\n",
      (tools) => inline("a.py:2", tools),
      "a.py",
    ),
  ).toBe("def f(a):\n    return (a + 1) * 2\n\nprint(f(2))\n")
})

test("a function is inlined with its arguments where its parameters stood", async () => {
  const text =
    "function twice(n: number) { return n + n }\nconst add = (a: number, b: number) => a - b\nconsole.log(twice(2) * 3, add(1, 2 - 1))\n"
  const once = await changed(text, (tools) => inline("a.ts:1", tools))
  expect(once).toContain("console.log((2 + 2) * 3, add(1, 2 - 1))")
  expect(await changed(once, (tools) => inline("a.ts:1", tools))).toBe("console.log((2 + 2) * 3, 1 - (2 - 1))\n")
})

test.each([
  ["an effect would come more than once", "let n = 0\nfunction f() { const a = n++; return a + a }\n", "a.ts:2:23"],
  ["an effect would come later", "const a = Math.random()\nconsole.log(1)\nconsole.log(a)\n", "a.ts:1"],
  [
    "a name means something else there",
    "const b = 1\nconst a = b\nfunction f(b: number) { return a + b }\nf(1)\n",
    "a.ts:2",
  ],
  ["it is given another value", "let a = 1\na = 2\nconsole.log(a)\n", "a.ts:1"],
  ["what it holds changes", "let n = 1\nconst a = n\nn = 2\nconsole.log(a)\n", "a.ts:2"],
  ["an object would be another each time", "const a = {}\nconsole.log(a === a)\n", "a.ts:1"],
  ["it calls itself", "const f = (n: number): number => n < 1 ? 0 : f(n - 1)\nf(2)\n", "a.ts:1"],
  [
    "an argument has an effect and is used twice",
    "const f = (n: number) => n + n\nconsole.log(f(Math.random()))\n",
    "a.ts:1",
  ],
  ["it is exported", "export const a = 1\nconsole.log(a)\n", "a.ts:1"],
])("nothing is inlined where %s", async (_, text, target) => {
  const { tools } = await projectWith({ "a.ts": text })
  await expect(inline(target, tools())).rejects.toMatchObject({ code: "REFACTORING_REFUSED" })
})

test("an expression becomes a variable before its statement, unless that changes when it is worked out", async () => {
  const text = "function f(a: number) {\n  if (a * 2 > 3) return a * 2\n  return 0\n}\nconsole.log(f(2))\n"
  const range = { path: "a.ts", startLine: 2, startColumn: 7, endLine: 2, endColumn: 12, into: "variable" } as const
  expect(await changed(text, (tools) => extract({ ...range, name: "double" }, tools))).toContain(
    "  const double = a * 2\n  if (double > 3)",
  )
  const { tools } = await projectWith({
    "a.ts": "const go = (n: number) => n && Math.random()\nconsole.log(1, go(1) || go(2))\n",
  })
  await expect(
    extract({ ...range, startLine: 1, startColumn: 32, endLine: 1, endColumn: 45, name: "r" }, tools()),
  ).rejects.toThrow("only in one case")
  await expect(
    extract({ ...range, startLine: 2, startColumn: 25, endLine: 2, endColumn: 30, name: "r" }, tools()),
  ).rejects.toThrow("only in one case")
  await expect(extract({ ...range, startLine: 9, endLine: 9, name: "r" }, tools())).rejects.toThrow("no lines 9")
})

test("statements become a function with what flows in and out", async () => {
  const text = `export function report(prices: number[], tax: number): string {
  let total = 0
  for (const price of prices) {
    total += price
  }
  const gross = total * (1 + tax)
  const label = "gross"
  return label + gross + total
}
console.log(report([1, 2], 0.5))
`
  const now = await changed(text, (tools) =>
    extract({ path: "a.ts", startLine: 3, endLine: 6, name: "sum", into: "function" }, tools),
  )
  expect(now).toContain("function sum(prices: number[], tax: number, total: number) {\n")
  expect(now).toContain("return { gross, total }")
  const whole = await changed(text, (tools) =>
    extract({ path: "a.ts", startLine: 6, endLine: 8, name: "shown", into: "function" }, tools),
  )
  expect(whole).toContain("  return shown(tax, total)\n}")
  expect(whole).toContain("function shown(tax: number, total: number) {\n  const gross")
})

test("Python statements become a function as well", async () => {
  const text =
    "def report(prices, tax):\n    total = 0\n    for price in prices:\n        total += price\n    gross = total * (1 + tax)\n    return gross, total\n\nprint(report([1, 2], 0.5))\n"
  const now = await changed(
    text,
    (tools) => extract({ path: "a.py", startLine: 3, endLine: 5, name: "summed", into: "function" }, tools),
    "a.py",
  )
  expect(now).toContain(
    "    gross, total = summed(prices, tax, total)\n    return gross, total\n\n\ndef summed(prices, tax, total):\n    for price in prices:\n        total += price\n",
  )
})

test.each([
  ["it returns in its midst", 2, 3],
  ["loop around it", 5, 5],
  ["needs `this`", 8, 8],
])("statements stay where %s", async (why, startLine, endLine) => {
  const text =
    "function f(a: number) {\n  if (a) return 1\n  a += 1\n  for (;;) {\n    break\n  }\n}\nclass A { n = 1; m() { this.n = 2 } }\n"
  const { tools } = await projectWith({ "a.ts": text })
  const columns = startLine === 8 ? { startColumn: 24, endColumn: 34 } : {}
  await expect(
    extract({ path: "a.ts", startLine, endLine, ...columns, name: "g", into: "function" }, tools()),
  ).rejects.toThrow(why)
})

const site = {
  "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
  "package.json":
    '{ "name": "site", "type": "module", "exports": { "./money": "./src/lib/money.ts" }, "main": "src/main.ts" }',
  "src/lib/money.ts":
    'import { cents } from "./cents.ts"\nexport const round = (n: number) => Math.round(n * cents) / cents\n',
  "src/lib/cents.ts": "export const cents = 100\n",
  "src/lib/index.ts": 'export { round } from "./money.ts"\n',
  "src/main.ts":
    'import { round } from "./lib/index.ts"\nimport { round as same } from "./lib/money.ts"\nconsole.log(round(1.005), same(2.345))\n',
  "src/page.ts": 'import { round } from "@/lib/money"\nexport const page = round(1)\n',
  "notes.md": "The rounding is in src/lib/money.ts.\n",
}

test("a moved file takes its imports along, and everybody finds it: aliases, package.json, index files", async () => {
  const { tools, after, root } = await projectWith(site)
  const run = () => execFileSync(process.execPath, ["src/main.ts"], { cwd: root, encoding: "utf8" })
  const before = run()
  const made = await moveFile("src/lib/money.ts", "src/shop/", tools())
  const now = await after(made)
  expect(run()).toBe(before)
  expect(now["src/shop/money.ts"]).toContain('from "../lib/cents.ts"')
  expect(now["src/page.ts"]).toContain('from "@/shop/money"')
  expect(now["src/lib/index.ts"]).toContain('from "../shop/money.ts"')
  expect(now["package.json"]).toContain('"./money": "./src/shop/money.ts"')
  expect(now["src/lib/money.ts"]).toBeUndefined()
  expect(made.unsure).toMatchObject([{ path: "notes.md" }])
})

test("a moved file of Python is imported from where it is now", async () => {
  const { tools, after, root } = await projectWith({
    "shop/__init__.py": "",
    "shop/money.py": "from .cents import cents\ndef twice(n):\n    return n * 2 * cents\n",
    "shop/cents.py": "cents = 100\n",
    "shop/lib/__init__.py": "",
    "main.py":
      "import shop.money\nfrom shop.money import twice\nfrom shop import money\nprint(shop.money.twice(1), twice(2), money.twice(3))\n",
  })
  const run = () => execFileSync("python3", ["-B", "main.py"], { cwd: root, encoding: "utf8" })
  const before = run()
  const now = await after(await moveFile("shop/money.py", "shop/lib", tools()))
  expect(now["shop/lib/money.py"]).toContain("from ..cents import cents")
  expect(run()).toBe(before)
})

test("a file is not moved over another, out of the project, or as a folder", async () => {
  const { tools } = await projectWith(site)
  await expect(moveFile("src/main.ts", "src/page.ts", tools())).rejects.toThrow("exists already")
  await expect(moveFile("src/main.ts", "../main.ts", tools())).rejects.toThrow("outside the project")
  await expect(moveFile("src/lib", "src/other", tools())).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(moveFile("src/none.ts", "src/other.ts", tools())).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
})

test("a symbol moves with the imports that it needs, and who used it takes it from there", async () => {
  const { tools, after, root } = await projectWith({
    "package.json": '{ "type": "module" }',
    "a.ts":
      'import { scale } from "./scale.ts"\n\n/** Twice as much. */\nexport function twice(n: number) {\n  return n * scale * 2\n}\n\nexport const four = twice(2)\n',
    "scale.ts": "export const scale = 1\n",
    "main.ts": 'import { four, twice } from "./a.ts"\nconsole.log(four, twice(3))\n',
    "lib/b.ts": "export const other = 1\n",
  })
  const run = () => execFileSync(process.execPath, ["main.ts"], { cwd: root, encoding: "utf8" })
  const before = run()
  const now = await after(await moveSymbol("twice", "lib/b.ts", tools()))
  expect(run()).toBe(before)
  expect(now["lib/b.ts"]).toContain('import { scale } from "../scale.ts"')
  expect(now["lib/b.ts"]).toContain("/** Twice as much. */\nexport function twice")
  expect(now["main.ts"]).toContain('import { twice } from "./lib/b.ts"')
  expect(now["a.ts"]).not.toContain("Twice")
  await after(await moveSymbol("four", "lib/new.ts", tools()))
  expect(run()).toBe(before)
  await expect(moveSymbol("scale", "main.py", tools())).rejects.toThrow("another language")
})

test("a value and a type of one name move together, and a symbol of Python with what it needs", async () => {
  const { tools, after, root } = await projectWith({
    "a.ts":
      "export const Id = (text: string) => text\nexport type Id = ReturnType<typeof Id>\nexport const one: Id = Id('1')\n",
    "a.py": "import math\n\ndef area(r):\n    return math.floor(math.pi * r)\n\nprint(area(3))\n",
    "c.py": "",
  })
  const now = await after(await moveSymbol("a.ts:1:14", "b.ts", tools()))
  expect(now["b.ts"]).toContain("export type Id")
  expect(now["a.ts"]).toContain('import { Id } from "./b.ts"')
  const run = () => execFileSync("python3", ["-B", "a.py"], { cwd: root, encoding: "utf8" })
  const before = run()
  const python = await after(await moveSymbol("a.py:3:5", "c.py", tools()))
  expect(python["c.py"]).toContain("import math")
  expect(run()).toBe(before)
})

test("imports are sorted, merged and cleared of what nothing uses", async () => {
  const text =
    'import { z, b } from "./b.ts"\nimport { a } from "./b.ts"\nimport * as path from "node:path"\nimport type { T } from "./b.ts"\nimport "./effect.ts"\nimport y from "./y.ts"\nexport const all: T = [a, b, path]\n'
  const { tools, after } = await projectWith({ "a.ts": text })
  const now = await after(await organiseImports("a.ts", tools()))
  expect(now["a.ts"]).toBe(
    'import * as path from "node:path"\nimport { a, b } from "./b.ts"\nimport type { T } from "./b.ts"\nimport "./effect.ts"\nexport const all: T = [a, b, path]\n',
  )
  await expect(organiseImports("a.ts", tools())).rejects.toThrow("in order already")
})

test("Python's imports too; what a package hands on stays", async () => {
  const text = "import sys\nimport os, re\nfrom b import y, x\nfrom b import z\nprint(os.sep, x, y)\n"
  const { tools, after } = await projectWith({ "a.py": text, "p/__init__.py": "from b import x\n" })
  expect((await after(await organiseImports("a.py", tools())))["a.py"]).toBe(
    "import os\nfrom b import x, y\nprint(os.sep, x, y)\n",
  )
  await expect(organiseImports("p/__init__.py", tools())).rejects.toThrow("in order already")
})

test("what is unused goes, with what only that used; what has an effect stays", async () => {
  const text =
    'import { sep, join } from "node:path"\n\nfunction inner() {\n  return sep\n}\n\n// Nobody calls it.\nfunction outer() {\n  return inner()\n}\n\nexport function f(x: number) {\n  const gone = 1\n  const kept = console.log("kept")\n  return join("a", "b")\n}\nf(1)\n'
  expect(await changed(text, (tools) => removeUnused("a.ts", tools))).toBe(
    'import { join } from "node:path"\n\nexport function f(x: number) {\n  const kept = console.log("kept")\n  return join("a", "b")\n}\nf(1)\n',
  )
  const common =
    'const os = require("node:os")\nconst fs = require(["node", "fs"].join(":"))\nmodule.exports = () => 1\n'
  expect(await changed(common, (tools) => removeUnused("a.js", tools), "a.js")).toBe(
    common.replace('const os = require("node:os")\n', ""),
  )
  const python = "import os\nimport re\n\ndef _gone():\n    return re\n\ndef public():\n    pass\n\nprint(os.sep)\n"
  expect(await changed(python, (tools) => removeUnused("a.py", tools), "a.py")).toBe(
    "import os\n\ndef public():\n    pass\n\nprint(os.sep)\n",
  )
})

test("a pattern is rewritten by syntax, in the files asked for", async () => {
  const { tools, after } = await projectWith({
    "a.ts": 'foo(1, bar(2), "foo(3)")\n// foo(4)\n',
    "b.ts": "foo()\n",
    "c.py": "foo(1)\n",
  })
  const options = { pattern: "foo($$$ARGS)", to: "baz([$$$ARGS])", language: "ts", paths: ["a.ts"] }
  const now = await after(await rewrite(options, tools()))
  expect(now).toMatchObject({ "a.ts": 'baz([1, bar(2), "foo(3)"])\n// foo(4)\n', "b.ts": "foo()\n" })
  await expect(rewrite(options, tools())).rejects.toThrow("Nothing matches")
  await expect(rewrite({ ...options, language: "cobol" }, tools())).rejects.toThrow("not known")
  await expect(rewrite({ ...options, to: "$B" }, tools())).rejects.toThrow("no hole $B")
  await expect(rewrite({ ...options, pattern: "foo((", to: "1" }, tools())).rejects.toThrow("not ts")
  await expect(rewrite({ ...options, language: "go" }, tools())).rejects.toThrow("no file of go")
})
