import { execFileSync } from "node:child_process"
import { symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openProcesses } from "../processes/processes.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { frameworkFor } from "./detect.ts"
import { runTests } from "./run-tests.ts"

const runs = (program: string, ...args: string[]) => {
  try {
    execFileSync(program, args, { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
const hasPython = runs("python3", "--version")
const hasPytest = runs("python3", "-c", "import pytest")
const hasCargo = runs("cargo", "--version")

async function projectWith(files: Readonly<Record<string, string>>) {
  const around = treeWith({})
  const root = join(around, "project")
  fill(around, Object.fromEntries(Object.entries(files).map(([path, text]) => [`project/${path}`, text])))
  symlinkSync(resolve("node_modules"), join(root, "node_modules"))
  const processes = await openProcesses({
    root,
    policy: { hidden: [], homeReadable: [resolve("node_modules")] },
    outputFolder: join(around, "runs"),
    recordFolder: join(around, "running"),
    audit: () => {},
  })
  onTestFinished(() => processes.close())
  const paths = Object.keys(files)
  return {
    root,
    async run(file: string, more: Partial<Parameters<typeof runTests>[1]> = {}) {
      const detected = await frameworkFor(file, { root, paths })
      if (!detected) throw new Error("no framework")
      const signal = new AbortController().signal
      const ran = await runTests(detected, { root, processes, files: [file], timeoutMs: 60_000, signal, ...more })
      return { ...ran, framework: detected.framework.id }
    },
  }
}

const states = (results: readonly { name: string; state: string }[]) =>
  Object.fromEntries(results.map(({ name, state }) => [name, state]))

test("node's own runner is run, and each test's end is told", async () => {
  const { run } = await projectWith({
    "package.json": '{ "type": "module", "scripts": { "test": "node --test" } }',
    "a.ts": "export const one = (n: number) => (n > 3 ? 1 : 2)\n",
    "a.test.ts": `import assert from "node:assert/strict"
import { test } from "node:test"
import { one } from "./a.ts"
test("it is one", () => assert.equal(one(4), 1))
test("it is two", () => assert.equal(one(4), 2))
test.todo("it is three")
`,
  })
  const { framework, state, results, coverage } = await run("a.test.ts", { wantsCoverage: true })
  expect(framework).toBe("node:test")
  expect(state).toBe("failed")
  expect(states(results)).toEqual({ "it is one": "passed", "it is two": "failed", "it is three": "skipped" })
  expect(results.find((one) => one.state === "failed")?.message).toContain("1 !== 2")
  expect(coverage).toMatch(/lcov\.info$/)
})

test("vitest is run, in an order that a seed decides", async () => {
  const { run } = await projectWith({
    "package.json": '{ "type": "module", "devDependencies": { "vitest": "*" } }',
    "a.test.ts": `import { expect, describe, it } from "vitest"
describe("a", () => {
  it("adds", () => expect(1 + 1).toBe(2))
  it("fails", () => expect(1 + 1).toBe(3))
})
`,
  })
  const { framework, state, results, output } = await run("a.test.ts", { seed: 7 })
  expect(framework).toBe("vitest")
  expect(state, output).toBe("failed")
  expect(states(results)).toEqual({ "a > adds": "passed", "a > fails": "failed" })
})

test("a test that never ends is ended, and that is told; one that does not compile is broken", async () => {
  const { run } = await projectWith({
    "package.json": '{ "type": "module" }',
    "never.test.js": `import { test } from "node:test"\ntest("waits", () => { for (;;); })\n`,
    "wrong.test.js": `import { test } from "node:test"\nimport { x } from "./nowhere.js"\ntest("x", () => x())\n`,
  })
  expect((await run("never.test.js", { timeoutMs: 1_500 })).state).toBe("timed-out")
  const wrong = await run("wrong.test.js")
  expect(wrong.state).not.toBe("passed")
  expect(wrong.output + wrong.results.map(({ message }) => message).join()).toContain("nowhere.js")
})

test.skipIf(!hasPython)("unittest is run where nothing speaks for another", async () => {
  const { run } = await projectWith({
    "requirements.txt": "",
    "tests/__init__.py": "",
    "tests/test_a.py": `import unittest

class ATest(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(1 + 1, 2)

    def test_fails(self):
        """It fails with a docstring."""
        self.assertEqual(1 + 1, 3)

    @unittest.skip("todo")
    def test_later(self):
        pass
`,
  })
  const { framework, state, results } = await run("tests/test_a.py")
  expect([framework, state]).toEqual(["unittest", "failed"])
  expect(results.map(({ state: each }) => each).sort()).toEqual(["failed", "passed", "skipped"])
  expect(results.find((one) => one.state === "failed")?.message).toContain("2 != 3")
})

test.skipIf(!hasPytest)("pytest is run where the project names it", async () => {
  const { run } = await projectWith({
    "requirements-dev.txt": "pytest>=8\n",
    "pyproject.toml": "[tool.pytest.ini_options]\n",
    "tests/test_a.py": "def test_adds():\n    assert 1 + 1 == 2\n\n\ndef test_fails():\n    assert 1 + 1 == 3\n",
  })
  const { framework, state, results, output } = await run("tests/test_a.py")
  expect([framework, state], output).toEqual(["pytest", "failed"])
  expect(states(results)).toEqual({ test_adds: "passed", test_fails: "failed" })
})

test.skipIf(!hasCargo)(
  "cargo test is run without network",
  async () => {
    const { run } = await projectWith({
      "Cargo.toml": '[package]\nname = "m"\nversion = "0.1.0"\nedition = "2021"\n',
      "src/lib.rs": "pub fn one() -> u8 { 1 }\n",
      "tests/m_test.rs":
        "#[test]\nfn good() { assert_eq!(m::one(), 1); }\n#[test]\nfn bad() { assert_eq!(m::one(), 2); }\n",
    })
    const { state, results, output } = await run("tests/m_test.rs", { timeoutMs: 120_000 })
    expect(state, output).toBe("failed")
    expect(states(results)).toEqual({ good: "passed", bad: "failed" })
  },
  150_000,
)
