import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { expect, test } from "vitest"
import { shop } from "../project.testing.ts"
import { projectWith } from "./refactorings.testing.ts"
import { rename } from "./rename.ts"

/** A file, renamed in, as a text. */
async function renamed(text: string, target: string, to: string, path = "a.ts") {
  const { tools, after } = await projectWith({ [path]: text })
  return (await after(await rename(target, to, {}, tools())))[path]
}

test("a function is renamed with its imports and uses in other files", async () => {
  const { tools, after } = await projectWith(shop)
  const made = await rename("grossPrice", "priceWithTax", {}, tools())
  const now = await after(made)
  expect(made.files.map(({ path }) => path).sort()).toEqual(["src/basket.ts", "src/price.test.ts", "src/price.ts"])
  expect(Object.values(now).join("\n")).not.toContain("grossPrice")
  expect(made.unsure).toEqual([])
})

test("from a place where it is used, the same is renamed", async () => {
  const { tools, after } = await projectWith(shop)
  const now = await after(await rename("src/basket.ts:12:50", "priceWithTax", {}, tools()))
  expect(now["src/price.ts"]).toContain("function priceWithTax(")
})

test("what shadows the name, and what has it by chance, stays", async () => {
  const text = `const size = 1
function area(size: number) { return size * 2 }
const box = { size, other: { size: 3 } }
const { size: mine } = box
console.log(size, area(2), box.size, mine, ((size) => size)(4))
`
  expect(await renamed(text, "a.ts:1:7", "width")).toBe(`const width = 1
function area(size: number) { return size * 2 }
const box = { size: width, other: { size: 3 } }
const { size: mine } = box
console.log(width, area(2), box.size, mine, ((size) => size)(4))
`)
})

test("destructured names keep the properties that they are taken from", async () => {
  expect(await renamed("function f({ a, b = 2, ...rest }) { return a + b + rest }\n", "a.ts:1:17", "sum")).toBe(
    "function f({ a, b: sum = 2, ...rest }) { return a + sum + rest }\n",
  )
  expect(await renamed("let x\n({ x } = { x: 1 })\n", "a.ts:1:5", "y")).toBe("let y\n({ x: y } = { x: 1 })\n")
})

test("types, JSX and loops are followed", async () => {
  const text = `type Item = { id: number }
function List({ items }: { items: Item[] }) { for (const item of items) void item; return <ul>{items.length}</ul> }
const page = <List items={[] as Item[]}></List>
let T: typeof page
`
  const now = await renamed(text, "a.tsx:2:10", "Rows", "a.tsx")
  expect(now).toContain("function Rows({ items }")
  expect(now).toContain("<Rows items={[] as Item[]}></Rows>")
  expect(await renamed(text, "a.tsx:1:6", "Row", "a.tsx")).toContain("items: Row[]")
})

const chain = {
  "a.ts": "export function one() { return 1 }\nexport const two = () => one() + 1\n",
  "index.ts": 'export { one } from "./a.ts"\nexport * from "./a.ts"\n',
  "ns.ts": 'import * as all from "./index.ts"\nconsole.log(all.one(), all.two())\n',
  "aliased.ts": 'import { one as uno } from "./index.ts"\nconsole.log(uno())\n',
  "late.ts":
    'const { one } = await import("./index.ts")\nconst [late] = await Promise.all([import("./a.ts")])\nconsole.log(one(), late.one())\n',
}

test("names are followed through files that hand them on, whole modules and late imports", async () => {
  const { tools, after, root } = await projectWith(chain)
  const run = (file: string) => execFileSync(process.execPath, [file], { cwd: root, encoding: "utf8" })
  const before = ["ns.ts", "aliased.ts", "late.ts"].map(run)
  const made = await rename("one", "first", {}, tools())
  const now = await after(made)
  expect(made.unsure).toEqual([])
  expect(now["index.ts"]).toContain('export { first } from "./a.ts"')
  expect(now["ns.ts"]).toContain("all.first()")
  expect(now["aliased.ts"]).toContain("import { first as uno }")
  expect(now["late.ts"]).toContain("const { first } = await")
  expect(now["late.ts"]).toContain("late.first()")
  expect(["ns.ts", "aliased.ts", "late.ts"].map(run)).toEqual(before)
})

test("a module that is taken whole and then handed on is followed, in scripts and in Python", async () => {
  const { tools, after } = await projectWith({
    "a.ts": "export function join() {}\n",
    "b.ts": 'import * as ns from "./a.ts"\nexport { ns, ns as more }\n',
    "c.ts": 'import * as ns from "./a.ts"\nexport default ns\n',
    "d.ts":
      'import { ns, more } from "./b.ts"\nimport all from "./c.ts"\nns.join(); more.join(); all.join(); [""].join()\n',
    "kit/__init__.py": "",
    "kit/text.py": "def trim(): pass\n",
    "kit/door.py": "from kit import text as words\n",
    "use.py": "from kit.door import words\nwords.trim()\n",
  })
  const now = await after(await rename("a.ts:1:17", "joined", {}, tools()))
  expect(now["d.ts"]).toContain('ns.joined(); more.joined(); all.joined(); [""].join()')
  const python = await after(await rename("kit/text.py:1:5", "strip", {}, tools()))
  expect(python["use.py"]).toContain("words.strip()")
})

test("a module that is handed on under a name is followed", async () => {
  const { tools, after, root } = await projectWith({
    "a.ts": "export const one = () => 1\n",
    "core.ts": 'export * as util from "./a.ts"\n',
    "index.ts": 'export * from "./core.ts"\n',
    "main.ts":
      'import * as core from "./index.ts"\nimport { util as u } from "./core.ts"\nconsole.log(core.util.one(), u.one())\n',
  })
  const made = await rename("one", "first", {}, tools())
  expect(made.unsure).toEqual([])
  expect((await after(made))["main.ts"]).toContain("core.util.first(), u.first()")
  expect(execFileSync(process.execPath, ["main.ts"], { cwd: root, encoding: "utf8" })).toBe("1 1\n")
})

test("where a module's use can't be told the place is named and left", async () => {
  const { tools } = await projectWith({
    ...chain,
    "odd.ts": 'use(import("./a.ts"))\nfunction use(m: any) { m.one() }\n',
  })
  const made = await rename("one", "first", {}, tools())
  expect(made.unsure).toMatchObject([{ path: "odd.ts", line: 1 }])
})

test.each([
  ["a name beside it", "const a = 1\nconst b = 2\n", "a.ts:1:7"],
  ["a name that would hide it", "const a = 1\nfunction f(b) { return a }\n", "a.ts:1:7"],
  ["a name that it would hide", "function f(a) { return b + a }\nconst b = 2\n", "a.ts:1:12"],
  ["a global that is used", "const a = 1\nconsole.log(b, a)\n", "a.ts:1:7"],
])("%s is a collision, and refused", async (_, text, target) => {
  await expect(renamed(text, target, "b")).rejects.toMatchObject({ code: "REFACTORING_REFUSED" })
})

test("a collision in another file is refused, and words that are no names", async () => {
  const { tools } = await projectWith({
    ...shop,
    "src/other.ts": 'import { round } from "./money.ts"\nconst trim = 1\nround(trim)\n',
  })
  await expect(rename("round", "trim", {}, tools())).rejects.toThrow("src/other.ts:2:7")
  await expect(rename("round", "class", {}, tools())).rejects.toThrow("word of the language")
  await expect(rename("round", "a-b", {}, tools())).rejects.toThrow("can't be a name")
  await expect(rename("nothing", "a", {}, tools())).rejects.toMatchObject({ code: "NO_SYMBOL" })
  await expect(rename("src/price.ts:2:1", "a", {}, tools())).rejects.toThrow("no name")
  await expect(rename("src/price.ts:99", "a", {}, tools())).rejects.toThrow("no line 99")
})

test("comments and strings are changed only when asked", async () => {
  const text = '// total is kept\nconst total = "total"\n'
  const { tools } = await projectWith({ "a.ts": text })
  expect((await rename("a.ts:2:7", "sum", {}, tools())).files[0]?.edits).toHaveLength(1)
  expect((await rename("a.ts:2:7", "sum", { comments: true, strings: true }, tools())).files[0]?.edits).toHaveLength(3)
})

test("a private member is renamed in its class; of others what is not sure is told", async () => {
  expect(await renamed("class A { #n = 1; get n() { return this.#n } }\n", "a.ts:1:11", "#size")).toBe(
    "class A { #size = 1; get n() { return this.#size } }\n",
  )
  const { tools } = await projectWith({
    "a.ts": "export class A { run() { return this.run } }\n",
    "b.ts": "function f(it) { return it.run() }\n",
  })
  const made = await rename("A.run", "start", {}, tools())
  expect(made.files).toMatchObject([{ path: "a.ts", edits: [{ text: "start" }, { text: "start" }] }])
  expect(made.unsure).toMatchObject([{ path: "b.ts", line: 1 }])
  expect((await rename("A.run", "start", { unsure: true }, tools())).files).toHaveLength(2)
})

const python = {
  "shapes/__init__.py": "from .area import square\n",
  "shapes/area.py":
    '__all__ = ["square"]\nunit = 1\n\ndef square(side, unit=unit):\n    return [side * side for side in [side]][0] * unit\n',
  "main.py":
    "import shapes.area\nimport shapes.area as area\nfrom shapes import square as sq\nfrom shapes.area import *\n\nsquared = sq(2)\nprint(shapes.area.square(3), area.square(4), square(5, unit=2), squared)\n",
}

test("Python's modules, packages, stars and __all__ are followed, and the program says the same", async () => {
  const { tools, after, root } = await projectWith(python)
  const run = () => execFileSync("python3", ["-B", "main.py"], { cwd: root, encoding: "utf8" })
  const before = run()
  const made = await rename("square", "area_of_square", {}, tools())
  const now = await after(made)
  expect(made.unsure).toEqual([])
  expect(now["shapes/area.py"]).toContain('__all__ = ["area_of_square"]')
  expect(now["main.py"]).toContain("shapes.area.area_of_square(3), area.area_of_square(4), area_of_square(5")
  expect(run()).toBe(before)
})

test("Python's scopes: defaults, comprehensions, global and class bodies", async () => {
  const text =
    "n = 1\ndef f(n=n):\n    return [n for n in range(n)]\ndef g():\n    global n\n    n = n + 1\nclass C:\n    n = n\n"
  expect(await renamed(text, "a.py:1:1", "m", "a.py")).toBe(
    "m = 1\ndef f(n=m):\n    return [n for n in range(n)]\ndef g():\n    global m\n    m = m + 1\nclass C:\n    n = m\n".replace(
      "n = m\n",
      "n = m\n",
    ),
  )
})

test("in a language without scopes here the index is believed where it is sure, and a taken word refused", async () => {
  const { tools, after } = await projectWith({
    "a.go": "package main\n\nfunc Add(a int, b int) int { return a + b }\n\nfunc main() { println(Add(1, 2)) }\n",
  })
  await expect(rename("Add", "main", {}, tools())).rejects.toThrow("has that word already")
  const made = await rename("Add", "Sum", {}, tools())
  expect((await after(made))["a.go"]).toContain("println(Sum(1, 2))")
})

/** Small programs of functions, shadowing and destructuring. */
const names = fc.constantFrom("a", "b", "c", "d")
const expression = fc.oneof(
  names,
  fc.nat(9).map(String),
  fc.tuple(names, names).map(([x, y]) => `${x} + ${y}`),
)
const statement = fc.oneof(
  fc.tuple(names, expression).map(([x, e]) => `{ let ${x} = 0; ${x} += 1; out(${e === x ? x : "1"}) }`),
  expression.map((e) => `out(${e})`),
  fc.tuple(names, names).map(([x, y]) => `out(((${x}) => ${x} + ${y})(2))`),
  fc.tuple(names, names).map(([x, y]) => `{ const { ${x}, k: k${y} = ${y} } = { ${x}: 3 }; out(${x}, k${y}) }`),
  names.map((x) => `out({ ${x} }.${x})`),
)
const program = fc
  .array(statement, { minLength: 1, maxLength: 8 })
  .map(
    (lines) =>
      `const said = []\nconst out = (...all) => said.push(...all)\nconst a = 1, b = 2, c = 3, d = 4\n${lines.join("\n")}\n`,
  )

test("renamed there and back a program is the same, and in between it says the same", async () => {
  const { astGrep } = await import("../ast-grep.ts")
  const { sourceOf } = await import("./sources.ts")
  const { refuseCollisions, renameEdits } = await import("./names.ts")
  const { edited } = await import("./refactoring.ts")
  const grammars = await astGrep()
  const once = (text: string, from: string, to: string) => {
    const source = sourceOf(grammars, "a.js", text)
    const binding = source?.scopes.file.bindings.get(from)
    if (!source || !binding) throw new Error("no such name")
    refuseCollisions(source, binding, to)
    return edited(text, renameEdits(binding, to, { withExports: false }))
  }
  const says = (text: string) => new Function(`${text}; return said`)()
  fc.assert(
    fc.property(program, names, (text, name) => {
      const there = once(text, name, "other")
      expect(says(there)).toEqual(says(text))
      expect(once(there, "other", name)).toBe(text)
    }),
  )
})

test("a member that is taken apart keeps the name of the variable, and is told where types are needed", async () => {
  const { tools } = await projectWith({
    "a.ts": "export class Basket {\n  total() {}\n}\nexport const f = ({ total }: Basket) => total\n",
  })
  const told = await rename("a.ts:2:3", "sum", {}, tools())
  expect(told.unsure.map(({ line, column }) => [line, column])).toEqual([[4, 21]])
  const { files } = await rename("a.ts:2:3", "sum", { unsure: true }, tools())
  expect(files[0]?.edits.map(({ text }) => text).sort()).toEqual(["sum", "sum: total"])
})
