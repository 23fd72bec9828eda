import { spawnSync } from "node:child_process"
import { existsSync, realpathSync, symlinkSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"
import { expect, onTestFinished, type TestContext, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { frameworkFor } from "./detect.ts"
import { openTestRoom } from "./room.ts"
import type { RunTestsOptions } from "./run-tests.ts"

/** Where a program of the PATH lies, without links. */
function placeOf(program: string): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, program))
  const found = places.find((path) => existsSync(path))
  return found && realpathSync(found)
}

/** Skips the test, and says so, where a program is not here. */
function need(context: TestContext, program: string): string {
  return placeOf(program) ?? context.skip(`SKIPPED: ${program} is not installed here; its tests were not run`)
}

/** The folder of packages that a program of Node's on the PATH was installed into. */
const packagesOf = (context: TestContext, program: string) =>
  need(context, program).replace(/(\/node_modules)\/.*$/, "$1")

type How = Partial<Pick<RunTestsOptions, "timeoutMs" | "seed" | "wantsCoverage">>

/** A project in which the tests of a file are run as `duck test --run` does: in a copy, in the sandbox. */
async function projectWith(files: Readonly<Record<string, string>>, packages?: string) {
  const root = treeWith({ ".gitignore": "node_modules\n", ...files })
  if (packages !== undefined) symlinkSync(packages, join(root, "node_modules"))
  const signal = new AbortController().signal
  const room = await openTestRoom({
    ...{ root, home: homedir(), signal, audit: () => {} },
    dataFolder: treeWith(),
    recordFolder: join(treeWith(), "running"),
  })
  onTestFinished(() => room[Symbol.asyncDispose]())
  return {
    room,
    async run(file: string, how: How = {}) {
      const detected = await frameworkFor(file, { root, paths: Object.keys(files) })
      if (!detected) throw new Error("no framework")
      const ran = await room.run(detected, [file], { timeoutMs: 100_000, ...how, signal })
      const ends = Object.fromEntries(ran.results.map(({ name, state }) => [name, state]))
      return { ...ran, ends, framework: detected.framework.id }
    },
  }
}

const sum = "exports.sum = (a, b) => (a > 9 ? 0 : a + b)\n"

test("jest: shuffled by a seed, with coverage whatever the project wants of it, and a file that doesn't load", async (context) => {
  const packages = packagesOf(context, "jest")
  const { run } = await projectWith(
    {
      "package.json": `{ "devDependencies": { "jest": "*" }, "jest": { "coverageThreshold": { "global": { "lines": 100 } } } }`,
      "sum.js": sum,
      "__tests__/sum.test.js": `const { sum } = require("../sum")
describe("sum", () => {
  it("adds", () => expect(sum(1, 1)).toBe(2))
  it.todo("later")
})
`,
      "__tests__/wrong.test.js": `const { sum } = require("../sum")\nit("fails", () => expect(sum(1, 1)).toBe(3))\n`,
      "__tests__/broken.test.js": `require("./nowhere")\n`,
    },
    packages,
  )
  const good = await run("__tests__/sum.test.js", { seed: 7, wantsCoverage: true })
  expect([good.framework, good.state], good.output).toEqual(["jest", "passed"])
  expect(good.ends).toEqual({ "sum adds": "passed", "sum later": "skipped" })
  expect(good.coverage).toMatch(/coverage-final\.json$/)
  expect((await run("__tests__/wrong.test.js")).ends).toEqual({ fails: "failed" })
  expect((await run("__tests__/broken.test.js")).results[0]?.message).toContain("Cannot find module './nowhere'")
}, 150_000)

test("mocha: runs the file that it is asked for, and not all that the configuration names", async (context) => {
  const packages = packagesOf(context, "mocha")
  const { run } = await projectWith(
    {
      "package.json": `{ "devDependencies": { "mocha": "*" } }`,
      ".mocharc.json": `{ "spec": ["test/**/*.js"], "require": ["./setup.js"] }`,
      "setup.js": "global.sum = require('./sum').sum\n",
      "sum.js": sum,
      "test/sum.js": `const assert = require("node:assert")
describe("sum", () => {
  it("adds", () => assert.equal(sum(1, 1), 2))
  it("fails", () => assert.equal(sum(1, 1), 3))
  it("is pending")
})
`,
      "test/other.js": `it("is not asked for", () => {})\n`,
    },
    packages,
  )
  const { framework, state, ends, output, coverage } = await run("test/sum.js", { wantsCoverage: true })
  expect([framework, state], output).toEqual(["mocha", "failed"])
  expect(ends).toEqual({ "sum adds": "passed", "sum fails": "failed", "sum is pending": "skipped" })
  const measures = existsSync(join(packages, ".bin/c8")) || existsSync(join(packages, ".bin/nyc"))
  expect(coverage !== undefined).toBe(measures)
}, 150_000)

test("Go: the tests of one file of a package, with what is compiled kept for the next run", async (context) => {
  need(context, "go")
  const { run, room } = await projectWith({
    "go.mod": "module example.org/m\n\ngo 1.18\n",
    "m.go": "package m\n\n// One is one.\nfunc One() int { return 1 }\n",
    "m_test.go": `package m

import "testing"

func TestOne(t *testing.T) {
	t.Run("right", func(t *testing.T) {
		if One() != 1 {
			t.Error("not one")
		}
	})
	t.Run("wrong", func(t *testing.T) {
		if One() != 2 {
			t.Errorf("got %d, want 2", One())
		}
	})
}
`,
    "other_test.go": `package m\n\nimport "testing"\n\nfunc TestOther(t *testing.T) { t.Fatal("not asked for") }\n`,
  })
  const first = await run("m_test.go", { wantsCoverage: true })
  expect(first.state, first.output).toBe("failed")
  expect(first.ends).toEqual({ "TestOne/right": "passed", "TestOne/wrong": "failed" })
  expect(first.results.find(({ state }) => state === "failed")?.message).toBe("m_test.go:13: got 1, want 2")
  expect(first.coverage).toMatch(/coverage\.out$/)
  await room.write("m_test.go", `package m\n\nimport "testing"\n\nfunc TestOne(t *testing.T) { One(1) }\n`)
  const broken = await run("m_test.go")
  expect([broken.state, broken.results]).toEqual(["broken", []])
  expect(broken.output).toContain("too many arguments")
  await room.write("go.mod", "module example.org/m\n\ngo 1.18\n\nrequire example.org/other v1.0.0\n")
  await room.write("m_test.go", `package m\n\nimport (\n\t"testing"\n\n\t"example.org/other"\n)\n\nvar _ = other.X\n`)
  expect((await run("m_test.go")).state).toBe("not-installed")
}, 150_000)

test("RSpec: what fails, what has no name, and a file that does not load", async (context) => {
  need(context, "rspec")
  const { run } = await projectWith({
    ".rspec": "--require spec_helper\n--format documentation\n",
    "lib/one.rb": "def one = 1\n",
    "spec/spec_helper.rb": "$LOAD_PATH.unshift File.expand_path('../lib', __dir__)\n",
    "spec/one_spec.rb": `require "one"
RSpec.describe "one" do
  subject { one }

  it { is_expected.to eq(1) }

  it "is two" do
    expect(one).to eq(2)
  end

  it "is pending"
end
`,
    "spec/broken_spec.rb": "RSpec.describe Nothing do\nend\n",
  })
  const { state, ends, output, results } = await run("spec/one_spec.rb", { seed: 3 })
  expect(state, output).toBe("failed")
  expect(ends).toEqual({ "one is expected to eq 1": "passed", "one is two": "failed", "one is pending": "skipped" })
  expect(results.find((one) => one.state === "failed")?.message).toContain("expected: 2")
  const broken = await run("spec/broken_spec.rb")
  expect(broken.state).toBe("broken")
  expect(broken.output).toContain("uninitialized constant Nothing")
}, 150_000)

test("RSpec with Bundler: gems that are not installed are no fault of the tests", async (context) => {
  need(context, "rspec")
  need(context, "bundle")
  const { run } = await projectWith({
    Gemfile: `gem "rspec"\ngem "nonesuch-of-this-name"\n`,
    "spec/one_spec.rb": `RSpec.describe "one" do\n  it("is") { expect(1).to eq(1) }\nend\n`,
  })
  expect((await run("spec/one_spec.rb")).state).toBe("not-installed")
}, 150_000)

test("ExUnit: what fails, and a module whose set-up fails", async (context) => {
  need(context, "mix")
  const mix = (deps: string) =>
    `defmodule M.MixProject do\n  use Mix.Project\n  def project, do: [app: :m, version: "0.1.0", deps: [${deps}]]\nend\n`
  const { run, room } = await projectWith({
    "mix.exs": mix(""),
    "lib/m.ex": "defmodule M do\n  def one, do: 1\nend\n",
    "test/test_helper.exs": "ExUnit.start()\n",
    "test/m_test.exs": `defmodule MTest do
  use ExUnit.Case
  test "is one", do: assert M.one() == 1
  test "is two", do: assert M.one() == 2
end

defmodule OtherTest do
  use ExUnit.Case
  setup_all do: raise "no database"
  test "is stored", do: assert M.one() == 1
end
`,
  })
  const { state, ends, output } = await run("test/m_test.exs", { seed: 1 })
  expect(state, output).toBe("failed")
  expect(ends).toEqual({ "is one": "passed", "is two": "failed", "is stored": "failed" })
  await room.write("mix.exs", mix(`{:nonesuch_of_this_name, "~> 1.0"}`))
  expect((await run("test/m_test.exs")).state).toBe("not-installed")
}, 150_000)

// Debian installs Maven's own packages there, so that it runs without network.
const systemPackages = "/usr/share/maven-repo"

test("Maven and JUnit, without network", async (context) => {
  need(context, "mvn")
  need(context, "javac")
  for (const name of ["org/junit/jupiter/junit-jupiter/debian", "org/apache/maven/plugins/maven-surefire-plugin"])
    if (!existsSync(join(systemPackages, name)))
      context.skip(`SKIPPED: ${name} is not in ${systemPackages}; Maven was not run`)
  const pom = (version: string) => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>m</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>11</maven.compiler.source>
    <maven.compiler.target>11</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>${version}</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
`
  const { run, room } = await projectWith({
    ".mvn/maven.config": `-Dmaven.repo.local=${systemPackages}\n`,
    "pom.xml": pom("debian"),
    "src/main/java/m/One.java": "package m;\n\npublic class One {\n    public static int one() { return 1; }\n}\n",
    "src/test/java/m/OneTest.java": `package m;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OneTest {
    @Test
    void isOne() { assertEquals(1, One.one()); }

    @Test
    void isTwo() { assertEquals(2, One.one()); }
}
`,
  })
  const { state, ends, output } = await run("src/test/java/m/OneTest.java")
  expect(state, output).toBe("failed")
  expect(ends).toEqual({ isOne: "passed", isTwo: "failed" })
  await room.write("pom.xml", pom("0.0.1"))
  expect((await run("src/test/java/m/OneTest.java")).state).toBe("not-installed")
}, 150_000)

test("pytest: tests run without pytest-cov too, and with it whatever the project wants of its coverage", async (context) => {
  const python = need(context, "python3")
  const has = (name: string) => spawnSync(python, ["-c", `import ${name}`]).status === 0
  if (!has("pytest")) context.skip("SKIPPED: pytest is not installed for this python3; it was not run")
  const { run } = await projectWith({
    "pyproject.toml": "[tool.pytest.ini_options]\n\n[tool.coverage.report]\nfail_under = 100\n",
    "one.py": "def one(n):\n    if n > 9:\n        return 0\n    return 1\n",
    "test_one.py": "from one import one\n\n\ndef test_one():\n    assert one(1) == 1\n",
  })
  const { state, ends, output, coverage } = await run("test_one.py", { wantsCoverage: true })
  expect(state, output).toBe("passed")
  expect(ends).toEqual({ test_one: "passed" })
  expect(coverage !== undefined).toBe(has("pytest_cov"))
}, 150_000)
