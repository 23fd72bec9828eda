import { createRequire } from "node:module"
import { join } from "node:path"
import { expect, test } from "vitest"
import { runEngine } from "../pipeline/run-engine.ts"
import { commonJsOf } from "./commonjs.ts"
import { testEngine } from "./engine.ts"
import { projectOf } from "./test.testing.ts"

const given = async (text: string) => {
  const found = await commonJsOf("a.js", text)
  return (
    found && [found.whole, ...[...found.named].map(([name, local]) => (name === local ? name : `${name}=${local}`))]
  )
}

test.each([
  ["module.exports = { add, sub: minus, mul(a) {}, div: function () {}, neg: (a) => -a, rate: 3, get size() {} }"],
  [
    "exports.add = add; exports.sub = minus; module.exports.mul = function () {}; exports['div'] = () => {}; exports.neg = function neg() {}",
  ],
  ["Object.assign(module.exports, { add, sub: minus }, { mul() {}, div: () => {}, neg: function () {} })"],
  ["module.exports = Object.freeze({ add, sub: minus, mul() {}, div: () => {}, neg: function () {} })"],
  [
    "const self = module.exports = {}; self.add = add; self.sub = minus; self.mul = self.div = () => {}; self.neg = () => {}",
  ],
])("a module of several things: %s", async (text) => {
  const [whole, ...names] = (await given(text)) ?? []
  expect(whole).toBe(null)
  expect(names.sort()).toEqual(["add", "div", "mul", "neg", "sub=minus"])
})

test.each([
  ["module.exports = tree", ["tree"]],
  ["exports = module.exports = tree; exports.leaf = leaf", ["tree", "leaf"]],
  ["module.exports = function tree() {}", ["tree"]],
  ["module.exports = function () {}\nmodule.exports.leaf = function () {}", ["", "leaf"]],
  ["module.exports = (root) => root", [""]],
  ["module.exports = class Tree {}", ["Tree"]],
  ["const tree = module.exports = function () {}\ntree.leaf = () => {}", ["tree", "leaf"]],
  [
    "function Tree() {}\nTree.of = function () {}\nTree.prototype.walk = function () {}\nmodule.exports = Tree",
    ["Tree", "of"],
  ],
  ["module.exports = Object.assign(tree, { leaf })", ["tree", "leaf"]],
])("a module that is one thing: %s", async (text, expected) => {
  expect(await given(text)).toEqual(expected)
})

test("what gives nothing in this way is no CommonJS, and what functions assign inside is not given", async () => {
  expect(await given("export const a = 1 // exports.b\n")).toBe(undefined)
  expect(await given("function setup() { exports.late = f }\nexports.now = g")).toEqual([null, "now=g"])
})

const shapes = {
  "object.js":
    "function add(a) { return a }\nconst own = (a) => a\nfunction hidden(a) {}\nmodule.exports = { add, more: own, mul(a) { return a } }\n",
  "names.js": "exports.one = function (a) { return a }\nexports['two'] = three\nfunction three(a) { return a }\n",
  "whole.js": "module.exports = function tree(root) { return root }\nmodule.exports.leaf = (a) => a\n",
  "unnamed.js": "'use strict'\nmodule.exports = function (root, options) { return root }\n",
  "assigned.js": "function add(a) { return a }\nObject.assign(module.exports, { add, sub(a) { return a } })\n",
  "class.js": "class Tree { walk(a) { return a } static of(a) { return new Tree() } }\nmodule.exports = Tree\n",
  "unnamed-class.js": "module.exports = class { walk(a) { return a } }\n",
  "classes.js": "class A { walk(a) { return a } }\nclass B { walk(a) { return a } }\nmodule.exports = { A, C: B }\n",
  "prototype.js":
    "function Tree(a) { this.a = a }\nTree.prototype.walk = function (b) { return b }\nTree.of = function (x) { return new Tree(x) }\nmodule.exports = Tree\n",
  "variable.js": "const api = { a(x) { return x } }\napi.b = function (x) { return x }\nmodule.exports = api\n",
  "letter.js": "const tree = module.exports = function (root) { return root }\ntree.leaf = function (a) { return a }\n",
}
const expected: Readonly<Record<keyof typeof shapes, readonly string[]>> = {
  "object.js": ["add(1)", "more(1)", "mul(1)"],
  "names.js": ["one(1)", "two(1)"],
  "whole.js": ["tree(1)", "leaf(1)"],
  "unnamed.js": ["subject(1, {})"],
  "assigned.js": ["add(1)", "sub(1)"],
  "class.js": ["subjectUnderTest.walk(1)", "Tree.of(1)"],
  "unnamed-class.js": ["subjectUnderTest.walk(1)"],
  "classes.js": ["subjectUnderTest.walk(1)"],
  "prototype.js": ["subjectUnderTest.walk(1)", "Tree.of(1)"],
  "variable.js": ["api.a(1)", "api.b(1)"],
  "letter.js": ["tree(1)", "tree.leaf(1)"],
}

test.each(Object.keys(shapes) as (keyof typeof shapes)[])(
  "the calls of a scaffold for %s can be made",
  async (file) => {
    const { root, task, tools } = await projectOf({ "package.json": "{}", [file]: shapes[file] })
    const { result } = await runEngine(testEngine(async () => null).engine, await task(file), tools)
    const text = result.changes.map((change) => (change.kind === "create" ? change.after : "")).join("")
    for (const call of expected[file]) expect(text).toContain(`const actual = ${call}\n`)
    expect(text).not.toContain("hidden")
    // The first call of each group is made for real, as it stands there.
    const calls = [...text.matchAll(/an ordinary call", .*\{\n((?:.*\n)*?)\s+\/\/ todo/g)].map(([, body = ""]) => body)
    expect(calls).toHaveLength(text.split("an ordinary call").length - 1)
    const head = text.split("\n").filter((line) => line.includes(`require("./${file}")`))
    const run = new Function(
      "require",
      `${head.join("\n")}\nreturn [${calls.map((body) => `(() => {\n${body}\nreturn actual\n})()`).join(", ")}]`,
    )
    const given: unknown = run((module: string) => createRequire(join(root, "x.js"))(module))
    expect(Array.isArray(given) && given.every((one) => one !== undefined)).toBe(true)
  },
)
