import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import {
  fromCargo,
  fromExunit,
  fromGoEvents,
  fromJestJson,
  fromJunitXml,
  fromMochaJson,
  fromRspecJson,
  goOutput,
} from "./results.ts"

const short = (results: readonly { name: string; state: string; message: string }[]) =>
  results.map(({ name, state, message }) => [name, state, message])
/** What the runner wrote, with the folder of the project called /shop. */
const written = (name: string) => readFileSync(join(import.meta.dirname, `fixtures/${name}.txt`), "utf8")
/** Names, ends and the first lines of messages. */
const brief = (results: readonly { name: string; state: string; message: string }[]) =>
  results.map(({ name, state, message }) => [name, state, message.split("\n")[0]])

test("go test -json: tests inside of a test, a skipped one, one that panics, in Go's own words", () => {
  const results = fromGoEvents(written("go"))
  expect(brief(results)).toEqual([
    ["TestFormat/one", "passed", ""],
    ["TestFormat/wrong", "failed", 'real_test.go:13: got "0.02 €", want "2"'],
    ["TestLater", "skipped", ""],
    ["TestPanics", "failed", "panic: runtime error: invalid memory address or nil pointer dereference [recovered]"],
  ])
  expect(goOutput(written("go"))).toContain('\n    real_test.go:13: got "0.02 €", want "2"\n--- FAIL: TestFormat')
})

test("what does not compile in Go has no tests, and its output is the compiler's", () => {
  expect(fromGoEvents(written("go-broken"))).toEqual([])
  expect(goOutput(written("go-broken"))).toContain("money/real_test.go:24:18: expected ')', found 'EOF'")
  // From Go 1.24 on the compiler's words are events, and a line of a program may look like one.
  const event = { ImportPath: "m", Action: "build-output", Output: "a.go:1:1: wrong\n" }
  const text = `${JSON.stringify(event)}\n{ printed }\n`
  expect(goOutput(text)).toContain("a.go:1:1: wrong\n{ printed }\n")
  expect(fromGoEvents(text)).toEqual([])
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

test("mix test --trace: a test of each end, a doctest, and a module whose setup_all fails", () => {
  const results = fromExunit(written("exunit"))
  expect(brief(results)).toEqual([
    ["is right", "failed", "** (RuntimeError) no database"],
    ["later", "skipped", ""],
    ["Shop.Price.gross/2 (1)", "passed", ""],
    ["is right", "passed", ""],
    ["is wrong", "failed", "test/real_test.exs:6"],
    ["not written", "failed", "test/real_test.exs:10"],
  ])
  const wrong = results.find(({ name }) => name === "is wrong")?.message
  expect(wrong).toMatch(/left: {2}119\n {5}right: 120/)
  expect(wrong).not.toContain("* test")
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

test("the report of Maven's surefire", () => {
  expect(brief(fromJunitXml(written("surefire")))).toEqual([
    ["later", "skipped", ""],
    ["right", "passed", ""],
    ["wrong", "failed", "expected: <a> but was: <<b> & c>"],
    ["crashes", "failed", "negative price"],
  ])
})

test("the JSON of jest: each test, and a file that could not be run", () => {
  expect(brief(fromJestJson(written("jest")))).toEqual([
    ["gross adds tax", "passed", ""],
    ["gross is wrong", "failed", "Error: expect(received).toBe(expected) // Object.is equality"],
    ["gross later", "skipped", ""],
    ["gross some day", "skipped", ""],
    ["/shop/__tests__/broken.test.js", "failed", "● Test suite failed to run"],
  ])
})

test("the JSON of mocha", () => {
  const results = fromMochaJson(written("mocha"))
  expect(results.map(({ name, state }) => [name, state])).toEqual([
    ["slug joins", "passed"],
    ["slug is wrong", "failed"],
    ["slug waits", "failed"],
    ["slug is pending", "skipped"],
  ])
  expect(results[1]?.message).toMatch(/^AssertionError: expected 'a-b' to equal 'a_b'/)
  expect(results[2]?.message).toMatch(/^Error: Timeout of 20ms exceeded/)
})

test("the JSON of RSpec, with an example that has no name of its own", () => {
  expect(brief(fromRspecJson(written("rspec")))).toEqual([
    ["Shop::Price adds tax", "passed", ""],
    ["Shop::Price is wrong", "failed", "expected: 120"],
    ["Shop::Price is expected to be a kind of Shop::Price", "passed", ""],
    ["Shop::Price later", "skipped", ""],
  ])
})
