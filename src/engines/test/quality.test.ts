import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import { readCoverage } from "../../workspace/coverage/read-coverage.ts"
import { frameworkFor } from "../../workspace/test-runners/detect.ts"
import { mutationsOf } from "./mutations.ts"
import { type QualityOptions, qualityOf } from "./quality.ts"
import { suggestTests } from "./suggest.ts"
import { projectOf, shopFiles } from "./test.testing.ts"
import { testsIn } from "./tests-in.ts"

const age = `export function isAdult(age) {
  return age >= 18
}
`
const files = {
  "package.json": '{ "type": "module" }',
  "age.js": age,
  "age.test.js": `import assert from "node:assert"
import { test } from "node:test"
import { isAdult } from "./age.js"
test("of twenty", () => assert.equal(isAdult(20), true))
test("again", () => assert.equal(isAdult(20), true))
test("nothing", () => { isAdult(3) })
`,
}

async function quality(tree: Readonly<Record<string, string>>, path: string, more: Partial<QualityOptions> = {}) {
  const { root, index, room } = await projectOf(tree)
  const detected = await frameworkFor(path, { root, paths: index.files() })
  if (!detected) throw new Error("no framework")
  const there = await room()
  const result = await qualityOf({
    ...{ path, detected, index, room: there, runs: 2, mutations: 10, withinMs: 60_000, timeoutMs: 30_000, seed: 1 },
    ...{ clock: systemClock, signal: new AbortController().signal, progress: () => {} },
    ...more,
  })
  return { ...result, root, there }
}

test("small changes of the code that no test notices are named, and so are empty and repeated tests", async () => {
  const { score, assertions, mutations, hollow, duplicates, of, there } = await quality(files, "age.test.js")
  expect([of, assertions]).toEqual(["age.js", 2])
  expect(mutations.survived).toContainEqual({ line: 2, before: ">=", after: ">", code: "return age >= 18" })
  expect(mutations.killed).toBeGreaterThan(0)
  expect(hollow).toMatchObject([{ name: "nothing", what: "asserts nothing" }])
  expect(duplicates).toEqual([{ names: ["of twenty", "again"] }])
  expect(score).toBeLessThan(80)
  expect(await readFile(join(there.root, "age.js"), "utf8")).toBe(age)
})

test("a test that says now this and now that is flaky", async () => {
  const flaky = `import assert from "node:assert"
import { existsSync, writeFileSync } from "node:fs"
import { test } from "node:test"
test("first", () => {
  const wasThere = existsSync("been-here")
  writeFileSync("been-here", "")
  assert.equal(wasThere, false)
})
test("steady", () => assert.equal(1 + 1, 2))
`
  const found = await quality({ "package.json": '{ "type": "module" }', "x.test.js": flaky }, "x.test.js")
  expect(found.flaky).toEqual([{ name: "first", passed: 1, failed: 1 }])
  expect(found.left.join()).toContain("could not be told")
})

test("nothing is run in a dry run, and tests that fail say nothing about changes", async () => {
  const dry = await quality(files, "age.test.js", { room: null })
  expect([dry.state, dry.score, dry.runs]).toEqual(["not-run", null, 0])
  expect(dry.mutations.possible).toBeGreaterThan(0)
  const failing = { ...files, "age.js": age.replace(">=", "<") }
  const failed = await quality(failing, "age.test.js")
  expect([failed.state, failed.mutations.made]).toEqual(["failed", 0])
  expect(failed.left).toContain("Changes of the code: they tell nothing while tests fail")
})

test("changes are made of operators, constants and results, not of imports or texts", async () => {
  const text =
    'import { a } from "./1.js"\nexport const f = (n) => {\n  if (n > 1 && a) return "a" + n\n  return 0\n}\n'
  const made = (await mutationsOf("a.js", text)).map(({ line, before, after }) => `${line} ${before} ${after}`)
  expect(made).toEqual([
    "3 > >=",
    "3 1 0",
    "3 && ||",
    '3 return "a" + n return undefined',
    "4 return 0 return undefined",
    "4 0 1",
  ])
  const arrow = await mutationsOf("a.ts", "export const same = (a: A): A => made(a)\n")
  expect(arrow.map(({ text: changed }) => changed)).toEqual(["export const same = (a: A): A => (undefined as never)\n"])
  const python = (await mutationsOf("a.py", "def f(n):\n    return n > 1 and True\n")).map(({ after }) => after)
  expect(python).toEqual(["return None", ">=", "0", "or", "False"])
  expect(await mutationsOf("notes.txt", "1 + 1")).toEqual([])
})

test.each([
  [
    "a.rb",
    `require "json"
class A < B
  def initialize(a) = @a = 1
  def f(a, b = true)
    return nil if a >= 18 and !b
    "a" + "b"
    if a == 3 then g(a) else 1.5 end
  end
  def x=(v)
    @x = v
  end
  def one = h / 2
end
`,
    [
      "3 1 0",
      "4 true false",
      "5 >= >",
      "5 18 0",
      "5 and or",
      "7 == !=",
      "7 3 0",
      "7 g(a) nil",
      "7 1.5 nil",
      "12 h / 2 nil",
      "12 / *",
      "12 2 0",
    ],
  ],
  [
    "a.ex",
    `defmodule A do
  import B, only: [b: 1]
  @rate 2
  @spec f(integer) :: integer | 0
  def f(a) when a > 0 and is_integer(a) do
    Enum.map(a, &(&1 * @rate)) |> Enum.map(&g/1)
    case a do
      1 -> :one
      _ -> true
    end
  end
  defp g(a), do: not a
  def h(_), do: nil
end
`,
    ["3 2 0", "5 > >=", "5 0 1", "5 and or", "6 * /", "8 1 0", "8 :one nil", "9 true false", "12 not a nil"],
  ],
])(
  "in %s operators, constants and last results are changed, and what comes of it parses",
  async (path, text, expected) => {
    const made = await mutationsOf(path, text)
    expect(made.map(({ line, before, after }) => `${line} ${before} ${after}`)).toEqual(expected)
    for (const { text: changed } of made) expect((await parseFile(path, changed)).hasErrors, changed).toBe(false)
  },
)

test("what branches most, is used most and is tested least is suggested first", async () => {
  const { index } = await projectOf({
    ...shopFiles,
    "src/hard.ts":
      "export function hard(a: number) {\n  if (a > 1 && a < 9) return 1\n  return a ? 2 : 3\n}\nexport const easy = () => 1\n",
    "src/user.ts": 'import { hard } from "./hard.ts"\nexport function user() {\n  return hard(1) + hard(2)\n}\n',
  })
  const signal = new AbortController().signal
  const names = async (coverage: Parameters<typeof suggestTests>[1]["coverage"], under: string[] = []) =>
    (await suggestTests(index, { under, coverage, limit: 50, signal })).map(({ name }) => name)
  const all = await names(null)
  expect(all[0]).toBe("hard")
  expect(all).not.toContain("grossPrice")
  expect(await names(null, ["src/user.ts"])).toEqual(["user"])
  const { files: covered } = readCoverage("SF:src/hard.ts\nDA:2,1\nDA:3,0\nDA:5,1\nend_of_record\n", "x")
  const [first] = await suggestTests(index, { under: ["src/hard.ts"], coverage: covered, limit: 1, signal })
  expect(first).toMatchObject({ name: "hard", uses: 2, uncovered: { lines: [3], branches: 0 } })
})

test("tests of other languages are known by their forms, and what they assert is counted", async () => {
  const of = async (path: string, text: string) =>
    (await testsIn(path, text)).map(({ name, assertions, isSkipped }) => [name, assertions, isSkipped])
  expect(
    await of(
      "test_a.py",
      "import pytest\n\ndef test_a():\n    assert 1 == 2\n\n@pytest.mark.skip\ndef test_b():\n    pass\n\ndef helper():\n    pass\n",
    ),
  ).toEqual([
    ["test_a", 1, false],
    ["test_b", 0, true],
  ])
  expect(await of("a_test.go", 'package a\n\nfunc TestA(t *testing.T) {\n\tt.Errorf("x")\n}\n')).toEqual([
    ["TestA", 1, false],
  ])
  expect(await of("tests/a.rs", "#[test]\n#[ignore]\nfn a() {\n    assert_eq!(1, 2);\n}\n\nfn b() {}\n")).toEqual([
    ["a", 1, true],
  ])
  expect(
    await of(
      "ATest.java",
      "class ATest {\n  @Test\n  void adds() {\n    assertEquals(1, 2);\n  }\n\n  void helper() {}\n}\n",
    ),
  ).toEqual([["adds", 1, false]])
  expect(
    await of(
      "a_test.exs",
      '  test "adds" do\n    assert 1 == 2\n  end\n\n  @tag :skip\n  test "b" do\n    :ok\n  end\n',
    ),
  ).toEqual([
    ["adds", 1, false],
    ["b", 0, true],
  ])
  expect(
    await of(
      "b_spec.rb",
      '  it { is_expected.to eq(1) }\n\n  it "is pending"\n\n  it "says \'no\'" do\n    expect(no).to eq("it")\n  end\n',
    ),
  ).toEqual([
    ["it { is_expected.to eq(1) }", 1, false],
    ["is pending", 0, true],
    ["says 'no'", 1, false],
  ])
  expect(await of("a.spec.js", 'it("is pending")\nit("adds", () => expect(1).to.equal(2))\n')).toEqual([
    ["is pending", 0, true],
    ["adds", 1, false],
  ])
  expect(await of("a_spec.rb", '  it "adds" do\n    expect(1).to eq(2)\n  end\n  xit "b"\n')).toEqual([
    ["adds", 1, false],
    ["b", 0, true],
  ])
})

test("Ruby's === has no opposite, Elixir's has", async () => {
  const of = async (path: string, text: string) => (await mutationsOf(path, text)).map(({ after }) => after)
  expect(await of("a.rb", "def f(a) = A === a\n")).toEqual(["nil"])
  expect(await of("a.ex", "defmodule A do\n  def f(a), do: a === @b\nend\n")).toEqual(["nil", "!=="])
})
