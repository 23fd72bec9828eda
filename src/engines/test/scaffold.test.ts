import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { parseFile } from "../../code/parse/parse-file.ts"
import { runEngine } from "../pipeline/run-engine.ts"
import { testEngine } from "./engine.ts"
import { scaffoldMark } from "./scaffold-plan.ts"
import { projectOf, shopFiles } from "./test.testing.ts"

async function scaffoldIn(files: Readonly<Record<string, string>>, target: string, more = {}) {
  const project = await projectOf(files)
  const task = await project.task(target, more)
  const { result, findings } = await runEngine(testEngine(async () => null).engine, task, project.tools)
  const [change] = result.changes
  if (change?.kind !== "create") throw new Error("no file was made")
  expect(change.after).toContain(scaffoldMark)
  expect((await parseFile(change.path, change.after)).hasErrors, change.after).toBe(false)
  return { ...project, path: change.path, text: change.after, findings, task }
}

test("a scaffold has the project's grouping and imports, real types at their bounds, and asserts nothing", async () => {
  const { path, text, task, findings } = await scaffoldIn(shopFiles, "src/price.ts")
  expect(task.detected.framework.id).toBe("vitest")
  expect(path).toBe("src/price.test.ts")
  expect(findings).toEqual([])
  expect(text).toContain('import { describe, it } from "vitest"\n')
  expect(text).toContain('import { Basket, grossPrice } from "./price.ts"\n')
  expect(text).toContain('describe("grossPrice", () => {')
  expect(text).toContain('const actual = grossPrice(Number.MAX_SAFE_INTEGER, "de")')
  expect(text).toContain('const actual = grossPrice(1, "fr")')
  expect(text).toContain('it.todo("it ends in new RangeError(\\"negative price\\")")')
  expect(text).toContain('const actual = await subjectUnderTest.total("fr")')
  expect(text).not.toContain("expect(")
})

test("a scaffold runs, and every test in it is told as not done", async () => {
  const { room, path, text, task } = await scaffoldIn(shopFiles, "src/price.ts", { property: true })
  expect(text).toContain('fc.property(fc.double(), fc.constantFrom("de", "fr")')
  const there = await room()
  await there.write(path, text)
  const ran = await there.run(task.detected, [path], { timeoutMs: 60_000, signal: new AbortController().signal })
  expect(ran.state, ran.output).toBe("passed")
  expect(new Set(ran.results.map(({ state }) => state))).toEqual(new Set(["skipped"]))
})

test("of node's own runner no body of a scaffold is run; tests that are there are left alone", async () => {
  const { room, path, text, task } = await scaffoldIn(
    {
      "package.json": '{ "type": "module" }',
      "lib/wipe.js": "export function wipe(path = '/') { throw new Error('ran!') }\n",
      "lib/wipe.test.js":
        "import { test } from 'node:test';\nimport { wipe } from './wipe.js';\ntest('x', () => {});\n",
    },
    "wipe",
  )
  expect(path).toBe("lib/wipe.scaffold.test.js")
  expect(text).toContain("from './wipe.js';\n")
  expect(text).toContain("skip: 'todo: say what it gives'")
  const there = await room()
  await there.write(path, text)
  const ran = await there.run(task.detected, [path], { timeoutMs: 60_000, signal: new AbortController().signal })
  expect(ran.state, ran.output).toBe("passed")
  expect(ran.results.every(({ state }) => state === "skipped")).toBe(true)
})

const python = {
  "requirements.txt": "requests\n",
  "app/__init__.py": "",
  "app/tax.py": `from enum import Enum

class Country(Enum):
    DE = 1
    FR = 2

def gross(net: float, country: Country, note: str | None = None) -> float:
    if net < 0:
        raise ValueError("negative")
    return net
`,
}
test("Python: unittest where nothing speaks for pytest, pytest where it does", async () => {
  const { path, text, task } = await scaffoldIn(python, "app/tax.py")
  expect([path, task.detected.framework.id]).toEqual(["tests/test_tax.py", "unittest"])
  expect(text).toContain("from app.tax import Country, gross\n")
  expect(text).toContain('actual = gross(float("nan"), Country.DE, "text")')
  expect(text).toContain('it ends in ValueError(\\"negative\\")')
  const other = await scaffoldIn({ ...python, "pytest.ini": "[pytest]\n" }, "gross")
  expect(other.task.detected.framework.id).toBe("pytest")
  expect(other.text).toContain("@pytest.mark.skip(reason=")
})

const hasPython = (() => {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()
test.skipIf(!hasPython)("a scaffold for unittest runs", async () => {
  const { room, path, text, task } = await scaffoldIn(python, "app/tax.py")
  const there = await room()
  await there.write("tests/__init__.py", "")
  await there.write(path, text)
  const ran = await there.run(task.detected, [path], { timeoutMs: 60_000, signal: new AbortController().signal })
  expect(ran.state, ran.output).toBe("passed")
  expect(ran.results.length).toBeGreaterThan(5)
})

test.each([
  [
    {
      "go.mod": "module x.org/m\n",
      "calc/add.go": "package calc\n\nfunc Add(a, b int, s ...string) (int, error) {\n\treturn a + b, nil\n}\n",
    },
    "calc/add.go",
    "calc/add_test.go",
    ["package calc", "math.MaxInt", "_, _ = Add(", 't.Skip("todo: say what it gives")'],
  ],
  [
    { "Cargo.toml": '[package]\nname = "m"\n', "src/lib.rs": "pub fn add(a: u8, b: Option<i32>) -> u8 { a }\n" },
    "src/lib.rs",
    "tests/test_test.rs",
    ["#[ignore", "add(u8::MAX, Some(1))"],
  ],
  [
    {
      "pom.xml": "<project><artifactId>junit-jupiter</artifactId></project>",
      "src/main/java/org/x/Calc.java":
        'package org.x;\n\npublic class Calc {\n  public Calc(int start) {}\n  public int add(int a, String b) {\n    throw new IllegalStateException("no");\n  }\n}\n',
    },
    "src/main/java/org/x/Calc.java",
    "src/test/java/org/x/CalcTest.java",
    [
      "package org.x;",
      "@Disabled(",
      "var actual = new Calc(1).add(Integer.MAX_VALUE, ",
      "import org.junit.jupiter.api.Test;",
    ],
  ],
  [
    {
      "mix.exs": "defmodule M do\nend\n",
      "lib/shop/calc.ex": "defmodule Shop.Calc do\n  def add(a, b \\\\ 1) do\n    a + b\n  end\nend\n",
    },
    "lib/shop/calc.ex",
    "test/shop/calc_test.exs",
    ["defmodule Shop.CalcTest do", "doctest Shop.Calc", "_actual = Shop.Calc.add(nil, 1)"],
  ],
  [
    { Gemfile: 'gem "rspec"\n', "lib/calc.rb": "class Calc\n  def add(a, b = 1, k:)\n    a\n  end\nend\n" },
    "lib/calc.rb",
    "spec/calc_spec.rb",
    ['require_relative "../lib/calc"', "RSpec.describe Calc do", "Calc.new().add(nil, 1, k: 1)"],
  ],
])("other languages: %#", async (files, target, path, parts) => {
  const made = await scaffoldIn(files, target)
  expect(made.path).toBe(path)
  for (const part of parts) expect(made.text).toContain(part)
})

test("what can't be tested is refused in words", async () => {
  const { task } = await projectOf({
    ...shopFiles,
    "data.txt": "x",
    "src/one.ts": "export const a = 1\n",
    "lib/one.rb": "def a; end\n",
  })
  await expect(task("src/nothing.ts")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(task("../x.ts")).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(task("src/")).rejects.toMatchObject({ code: "NOT_A_FILE" })
  await expect(task("data.txt")).rejects.toMatchObject({ code: "LANGUAGE_NOT_TESTED" })
  await expect(task("src/money.test.ts")).rejects.toMatchObject({ code: "IS_A_TEST" })
  await expect(task("nobodyIsCalledThat")).rejects.toMatchObject({ code: "NOT_FOUND" })
  await expect(task("lib/one.rb")).rejects.toMatchObject({ code: "NO_FRAMEWORK" })
  await expect(task("src/price.ts", { framework: "pytest" })).rejects.toMatchObject({ code: "NO_FRAMEWORK" })
})

test("what a module is as a whole is taken whole", async () => {
  const of = (text: string) => scaffoldIn({ "package.json": "{}", "a.js": text }, "a.js")
  const common = await of("const one = (n) => n\nconst two = () => {}\nmodule.exports = one\n")
  expect(common.text).toContain('const one = require("./a.js")')
  const modern = await of("export default class Money {\n  round(n) {\n    return n\n  }\n}\n")
  expect(modern.text).toContain('import Money from "./a.js"')
})

test("Go: a scaffold beside tests takes no name that they have", async () => {
  const tree = {
    "go.mod": "module x.org/m\n",
    "calc/add.go": "package calc\n\nfunc Add(a int) int { return a }\n\nfunc Sub(a int) int { return a }\n",
    "calc/add_test.go":
      'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1) != 1 {\n\t\tt.Fatal()\n\t}\n}\n',
  }
  const { path, text } = await scaffoldIn(tree, "calc/add.go")
  expect(path).toBe("calc/add_scaffold_test.go")
  expect(text.match(/^func Test\w+/gm)).toEqual(["func TestAddScaffold", "func TestSub"])
})

test("Elixir: a scaffold beside tests is a module of its own", async () => {
  const tree = {
    "mix.exs": "defmodule M.MixProject do\n  use Mix.Project\nend\n",
    "lib/m.ex": "defmodule M do\n  def one(a), do: a\nend\n",
    "test/m_test.exs": 'defmodule MTest do\n  use ExUnit.Case\n  test "one", do: assert M.one(1) == 1\nend\n',
  }
  const { path, text } = await scaffoldIn(tree, "lib/m.ex")
  expect(path).toBe("test/m_scaffold_test.exs")
  expect(text).toContain("defmodule MScaffoldTest do")
})

test.each([
  ["one folder of tests beside the manifest", "__tests__/a.test.js", "__tests__/b.test.js"],
  ["one that mirrors the sources", "__tests__/lib/a.test.js", "__tests__/b.test.js"],
  ["a folder of tests beside each folder of sources", "src/__tests__/a.test.js", "src/__tests__/b.test.js"],
])("jest: %s", async (_, known, expected) => {
  const tree = {
    "package.json": '{ "devDependencies": { "jest": "*" } }',
    "src/a.js": "exports.a = () => 1\n",
    "src/b.js": "exports.b = () => 2\n",
    [known]: `test("a", () => expect(jest.fn()).toBeDefined())\n`,
  }
  expect((await scaffoldIn(tree, "src/b.js")).path).toBe(expected)
})
