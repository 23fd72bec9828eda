import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { parseFile } from "../../code/parse/parse-file.ts"
import { runEngine } from "../pipeline/run-engine.ts"
import { isSameCode } from "./documentation-alone.ts"
import { testEngine } from "./engine.ts"
import { projectOf } from "./test.testing.ts"

const isThere = (program: string) => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

async function scaffolded(files: Readonly<Record<string, string>>, target: string) {
  const project = await projectOf(files)
  const task = await project.task(target, { doctest: true })
  const { result, findings } = await runEngine(testEngine(async () => null).engine, task, project.tools)
  const texts = new Map<string, string>()
  for (const change of result.changes) {
    if (change.kind !== "create" && change.kind !== "change") throw new Error(change.kind)
    texts.set(change.path, change.after)
  }
  const source = texts.get(target)
  for (const [path, text] of texts) expect((await parseFile(path, text)).hasErrors, text).toBe(false)
  if (source) expect(await isSameCode(task.subject.language, task.subject.text, source)).toBe(true)
  const run = async (more: Readonly<Record<string, string>> = {}) => {
    const there = await project.room()
    for (const [path, text] of [...texts, ...Object.entries(more)]) await there.write(path, text)
    const all = [...texts.keys()].filter((path) => path !== target || task.doctests?.runsInPlace)
    return there.run(task.detected, all, { timeoutMs: 120_000, signal: new AbortController().signal })
  }
  return { source, texts, task, findings, explanation: result.explanation, run }
}

const tax = `"""Taxes."""


class Basket:
    """What somebody buys."""

    def __init__(self, start: int):
        self.start = start

    def total(self, more: int) -> int:
        return self.start + more


def gross(net: float) -> float:
    """Adds the tax.

    It is never negative.
    """
    return net


def known(net: float) -> float:
    """
    >>> known(1.0)
    1.0
    """
    return net


def short(net: float) -> float: return net
`

test("Python's docstrings get a place for an example, in the file's style, and nothing else changes", async () => {
  const { source, findings, explanation, texts } = await scaffolded(
    { "requirements.txt": "", "app/__init__.py": "", "app/tax.py": tax },
    "app/tax.py",
  )
  expect(findings).toEqual([])
  expect(explanation).toContain("The documentation of 2 functions has a place for an example. It is a scaffold too")
  expect(source).toContain(`    It is never negative.

    Scaffold: say what it gives, and take +SKIP away.

    >>> gross(1.5)  # doctest: +SKIP
    """
    return net`)
  expect(source).toContain(`    def total(self, more: int) -> int:
        """
        Scaffold: say what it gives, and take +SKIP away.

        >>> Basket(1).total(1)  # doctest: +SKIP
        """
        return self.start + more`)
  expect(source?.match(/>>> known/g)).toHaveLength(1)
  expect(texts.get("tests/test_tax.py")).toContain("tests.addTests(doctest.DocTestSuite(app.tax))")
})

test.each([
  [
    "numpy's",
    "Adds.\n\n    Parameters\n    ----------\n    net : float\n    ",
    "    Examples\n    --------\n    Scaffold: say",
  ],
  ["Google's", "Adds.\n\n    Args:\n        net: Without tax.\n    ", "    Examples:\n        Scaffold: say"],
  ["one line", "Adds.", '"""Adds.\n\n    Scaffold: say'],
])("examples stand where %s style has them", async (_, doc, expected) => {
  const text = `def gross(net: float) -> float:\n    """${doc}"""\n    return net\n`
  const { source } = await scaffolded({ "requirements.txt": "", "tax.py": text }, "tax.py")
  expect(source).toContain(expected)
  expect(source).toMatch(/>>> gross\(1\.5\) {2}# doctest: \+SKIP\n {4}"""\n {4}return net\n$/)
})

test.skipIf(!isThere("python3"))(
  "what the scaffold of unittest calls for is run: skipped first, then by what it says",
  async () => {
    const files = { "requirements.txt": "", "tests/__init__.py": "", "app/__init__.py": "", "app/tax.py": tax }
    const { run, source = "" } = await scaffolded(files, "app/tax.py")
    const first = await run()
    expect(first.state, first.output).toBe("passed")
    const wrong = source.replace(">>> gross(1.5)  # doctest: +SKIP", ">>> gross(1.5)\n    2.5")
    const second = await run({ "app/tax.py": wrong })
    expect(second.results.filter(({ state }) => state === "failed").map(({ name }) => name)).toEqual([
      "gross (app.tax)",
    ])
  },
)

test.skipIf(!isThere("pytest"))("pytest runs examples by itself where it is told to, else by a test", async () => {
  const files = { "conftest.py": "", "tax.py": tax }
  const called = await scaffolded({ ...files, "pytest.ini": "[pytest]\n" }, "tax.py")
  expect(called.texts.get("tests/test_tax.py")).toContain("assert doctest.testmod(tax).failed == 0")
  const configured = await scaffolded({ ...files, "pytest.ini": "[pytest]\naddopts = --doctest-modules\n" }, "tax.py")
  expect(configured.texts.get("tests/test_tax.py")).not.toContain("doctest")
  const ran = await configured.run()
  expect(ran.state, ran.output).toBe("passed")
  expect(ran.results.map(({ name, state }) => [name, state])).toContainEqual(["tax.gross", "skipped"])
})

const crate = {
  "Cargo.toml": '[package]\nname = "my-shop"\nversion = "0.1.0"\nedition = "2021"\n',
  "src/lib.rs": "pub mod price;\n",
  "src/price.rs": `/// Adds the tax.
#[inline]
pub fn gross(net: u8) -> u8 {
    net
}

/// Known.
///
/// \`\`\`
/// assert_eq!(my_shop::price::known(1), 1);
/// \`\`\`
pub fn known(net: u8) -> u8 {
    net
}

pub struct Basket(u8);

impl Basket {
    pub fn of(net: u8) -> Self {
        Basket(net)
    }
}
`,
}

test("Rust's documentation gets a place for an example, above the attributes", async () => {
  const { source, findings } = await scaffolded(crate, "src/price.rs")
  expect(findings).toEqual([])
  expect(source).toContain(`/// Adds the tax.
///
/// # Examples
///
/// \`\`\`ignore
/// use my_shop::price::gross;
///
/// // Scaffold: say what it gives, and take \`ignore\` away.
/// let actual = gross(1);
/// \`\`\`
#[inline]
pub fn gross`)
  expect(source).toContain("    /// use my_shop::price::Basket;\n")
  expect(source).toContain("    /// let actual = Basket::of(1);\n")
  expect(source?.match(/known\(1\)/g)).toHaveLength(1)
})

test.skipIf(!isThere("cargo"))(
  "cargo runs the examples of the file: ignored first, then by what they say",
  { timeout: 120_000 },
  async () => {
    const { run, source = "" } = await scaffolded(crate, "src/price.rs")
    const first = await run()
    expect(first.state, first.output).toBe("passed")
    const states = first.results.filter(({ name }) => name.startsWith("src/")).map(({ state }) => state)
    expect(states.sort()).toEqual(["passed", "skipped", "skipped"])
    const told = source.replace("```ignore", "```").replace("let actual = gross(1);", "assert_eq!(gross(1), 2);")
    const second = await run({ "src/price.rs": told })
    expect(second.results.filter(({ state }) => state === "failed")).toMatchObject([
      { name: expect.stringContaining("src/price.rs - price::gross") },
    ])
  },
)

test("Go's example is compiled, and not run before it says what it prints", async () => {
  const { texts } = await scaffolded(
    { "go.mod": "module x.org/m\n", "add.go": "package calc\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n" },
    "add.go",
  )
  expect(texts.get("add_test.go")).toContain(
    "func ExampleAdd() {\n\tfmt.Println(Add(1, 1))\n\t// todo: say what it prints",
  )
  expect(texts.get("add_test.go")).toContain('\t"fmt"\n')
})

test("where there are no such examples it is said", async () => {
  const bin = { "Cargo.toml": '[package]\nname = "m"\n', "src/main.rs": "pub fn add(a: u8) -> u8 { a }\n" }
  await expect(scaffolded(bin, "src/main.rs")).rejects.toMatchObject({ code: "NO_DOCTESTS" })
  await expect(scaffolded({ "package.json": "{}", "a.js": "exports.a = () => 1\n" }, "a.js")).rejects.toMatchObject({
    code: "NO_DOCTESTS",
  })
})

test("a change of more than the documentation is told from one of it", async () => {
  expect(
    await isSameCode("python", "def f():\n    return 1\n", 'def f():\n    """Doc."""\n    # c\n    return 1\n'),
  ).toBe(true)
  expect(await isSameCode("python", 'def f():\n    return "a"\n', 'def f():\n    return "b"\n')).toBe(false)
  expect(await isSameCode("rust", "fn f() {}\n", "/// Doc.\nfn f() {}\n")).toBe(true)
  expect(await isSameCode("rust", "fn f() {}\n", "/// Doc.\nfn g() {}\n")).toBe(false)
  const elixir = "defmodule A do\n  def f, do: 1\nend\n"
  const documented = 'defmodule A do\n  @doc """\n      iex> A.f()\n      1\n  """\n  def f, do: 1\nend\n'
  expect(await isSameCode("elixir", elixir, documented)).toBe(true)
  expect(await isSameCode("elixir", elixir, documented.replace("do: 1", "do: 2"))).toBe(false)
})

test("a model may write documentation into the code under test, and nothing else", async () => {
  const code = "def gross(net: float) -> float:\n    return net\n"
  const files = { "requirements.txt": "", "tax.py": code }
  const edited = (to: string) =>
    JSON.stringify({
      title: "Examples",
      explanation: "",
      files: [
        { path: "tax.py", action: "edit", content: null, edits: [{ find: "    return net", replace: to }], to: null },
      ],
      suspected: [],
    })
  const documented = '    """\n    >>> gross(1.0)\n    1.0\n    """\n    return net'
  const project = await projectOf(files, [edited(`${documented} + 1`), edited(documented)])
  const task = await project.task("tax.py", { doctest: true })
  const done = await runEngine(testEngine(async () => null).engine, task, project.tools)
  expect(project.words().join("\n")).toContain("More than its documentation is changed.")
  expect(done.findings).toEqual([])
  expect(done.result.changes).toMatchObject([{ kind: "change", after: code.replace("    return net", documented) }])
})
