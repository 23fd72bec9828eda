import { expect, test } from "vitest"
import {
  fromCargo,
  fromExunit,
  fromGoEvents,
  fromJestJson,
  fromJunitXml,
  fromMochaJson,
  fromRspecJson,
} from "./results.ts"

const short = (results: readonly { name: string; state: string; message: string }[]) =>
  results.map(({ name, state, message }) => [name, state, message])

test("go test -json", () => {
  const lines = [
    { Action: "run", Test: "TestA" },
    { Action: "output", Test: "TestA", Output: "    a_test.go:4: want 2\n" },
    { Action: "fail", Test: "TestA" },
    { Action: "pass", Test: "TestB" },
    { Action: "skip", Test: "TestC" },
    { Action: "fail" },
  ]
  const text = `# x.org/m\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n`
  expect(short(fromGoEvents(text))).toEqual([
    ["TestA", "failed", "a_test.go:4: want 2"],
    ["TestB", "passed", ""],
    ["TestC", "skipped", ""],
  ])
})

test("cargo test", () => {
  const text = `running 3 tests
test tests::good ... ok
test tests::bad ... FAILED
test later ... ignored, todo

failures:

---- tests::bad stdout ----
assertion \`left == right\` failed
  left: 1

failures:
    tests::bad

test result: FAILED. 1 passed; 1 failed; 1 ignored
`
  expect(short(fromCargo(text))).toEqual([
    ["tests::good", "passed", ""],
    ["tests::bad", "failed", "assertion `left == right` failed\n  left: 1"],
    ["later", "skipped", ""],
  ])
})

test("mix test --trace", () => {
  const text = `
MTest [test/m_test.exs]
  * test adds (0.1ms) [L#4]
  * test fails (2.0ms) [L#8]

  1) test fails (MTest)
     test/m_test.exs:8
     Assertion with == failed

  * test later (skipped) [L#12]

Finished in 0.1 seconds
`
  expect(short(fromExunit(text)).map(([name, state]) => [name, state])).toEqual([
    ["adds", "passed"],
    ["fails", "failed"],
    ["later", "skipped"],
  ])
})

test("JUnit's XML, with suites in suites and texts that are escaped", () => {
  const text = `<?xml version="1.0"?><testsuites><testsuite name="a"><testcase name="x &lt; y"/>
<testcase name="b"><failure message="no &amp; never"><![CDATA[at line 3]]></failure></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>`
  expect(short(fromJunitXml(text))).toEqual([
    ["x < y", "passed", ""],
    ["b", "failed", "no & never\nat line 3"],
    ["c", "skipped", ""],
  ])
})

test("the JSON of jest, mocha and RSpec", () => {
  const jest = {
    testResults: [
      { name: "a.test.js", status: "failed", message: "Cannot find module", assertionResults: [] },
      {
        name: "b.test.js",
        status: "passed",
        message: "",
        assertionResults: [{ fullName: "b adds", status: "passed", failureMessages: [] }],
      },
    ],
  }
  expect(short(fromJestJson(JSON.stringify(jest)))).toEqual([
    ["a.test.js", "failed", "Cannot find module"],
    ["b adds", "passed", ""],
  ])
  const mocha = { passes: [], failures: [{ fullTitle: "a b", err: { message: "no" } }], pending: [{ fullTitle: "c" }] }
  expect(short(fromMochaJson(JSON.stringify(mocha)))).toEqual([
    ["a b", "failed", "no"],
    ["c", "skipped", ""],
  ])
  const rspec = { examples: [{ full_description: "A adds", status: "failed", exception: { message: "expected 1" } }] }
  expect(short(fromRspecJson(JSON.stringify(rspec)))).toEqual([["A adds", "failed", "expected 1"]])
})
