import { expect, test } from "vitest"
import { runEngine } from "../pipeline/run-engine.ts"
import { testEngine } from "./engine.ts"
import { projectOf, shopFiles } from "./test.testing.ts"
import { oneByOne, tryOutIn } from "./try-out.ts"

const head = 'import { expect, test } from "vitest"\nimport { grossPrice } from "./price.ts"\n'
const draft = (
  content: string,
  { path = "src/price.test.ts", suspected = [] as { test: string; says: string }[] } = {},
) =>
  JSON.stringify({
    title: "Tests of prices",
    explanation: "",
    files: [{ path, action: "create", content, edits: null, to: null }],
    suspected,
  })

async function run(answers: readonly string[], { files = {}, wantsCoverage = false, timeoutMs = 60_000 } = {}) {
  const project = await projectOf({ ...shopFiles, ...files }, answers)
  const task = await project.task("src/price.ts")
  const trying = tryOutIn(await project.room(), {
    ...{ detected: task.detected, subject: "src/price.ts", index: project.index, inTurn: oneByOne() },
    ...{ timeoutMs, wantsCoverage, runsSubject: false },
  })
  const { engine, runOf } = testEngine(trying.tryOut)
  const done = await runEngine(engine, task, project.tools)
  return {
    ...done,
    ran: runOf(done.result),
    rules: done.findings.map(({ rule }) => rule),
    asked: project.words(),
    gain: trying.gain(),
  }
}

test("tests that a model writes are run; one that imports what is not there goes back", async () => {
  const wrong = `import { expect, test } from "vitest"\nimport { netPrice } from "./price.ts"\ntest("x", () => expect(netPrice(1)).toBe(2))\n`
  const right = `${head}test("adds the tax of a country", () => expect(grossPrice(100, "de")).toBe(119))\n`
  const { ran, rules, repairs, madeBy } = await run([draft(wrong), draft(right)])
  expect(repairs).toEqual(["src/price.test.ts:2: src/price.ts has no netPrice."])
  expect([madeBy, ran?.state, rules]).toEqual(["model", "passed", []])
})

test("a test that asserts nothing, one that is skipped and one that is true of itself go back", async () => {
  const poor = `${head}test("a", () => { grossPrice(1, "de") })
test.skip("b", () => expect(grossPrice(1, "de")).toBe(1.19))
test("c", () => { expect(true).toBe(true) })
`
  const { repairs } = await run([draft(poor), draft(`${head}test("d", () => expect(grossPrice(0, "fr")).toBe(0))\n`)])
  expect(repairs[0]).toContain('"a" asserts nothing')
  expect(repairs[0]).toContain('"b" is skipped')
  expect(repairs[0]).toContain('"c": this is true whatever the code does')
})

test("a failing test that is right is kept as a likely bug of the code, and not repaired away", async () => {
  const says = "src/price.ts:7 lets zero through"
  const text = `${head}test("refuses nothing for nothing", () => expect(() => grossPrice(0, "de")).toThrow())\n`
  const { findings, repairs, result } = await run([
    draft(text, { suspected: [{ test: "refuses nothing for nothing", says }] }),
  ])
  expect(repairs).toEqual([])
  expect(findings).toMatchObject([{ rule: "test/likely-bug", severity: "warning", path: "src/price.ts" }])
  expect(result.changes).toHaveLength(1)
})

test("an expectation that was changed until it passed is told", async () => {
  const with_ = (value: number) => draft(`${head}test("french", () => expect(grossPrice(100, "fr")).toBe(${value}))\n`)
  const { findings, repairs, ran } = await run([with_(130), with_(120)])
  expect(repairs[0]).toContain("expected 120 to be 130")
  expect(ran?.state).toBe("passed")
  expect(findings).toMatchObject([{ rule: "test/expectation-changed", severity: "warning" }])
})

test("a crash is no likely bug only because the model says so", async () => {
  const text = `${head}test("odd", () => { expect(1).toBe(1.5 - 0.5); nowhere() })\n`
  const { rules } = await run([draft(text, { suspected: [{ test: "odd", says: "it is" }] })])
  expect(rules).toEqual(["test/fails"])
})

test("a test that never ends is ended and told", async () => {
  const text = `${head}test("waits", () => { for (;;) expect(grossPrice(0, "fr")).toBe(0) })\n`
  const { rules } = await run([draft(text)], { timeoutMs: 3_000 })
  expect(rules).toEqual(["test/never-ends"])
}, 60_000)

test("code under test is not changed, and prose for tests is refused", async () => {
  const edit = JSON.stringify({
    ...JSON.parse(draft("")),
    files: [{ path: "src/price.ts", action: "replace", content: "export const a = 1", edits: null, to: null }],
  })
  const { asked, problem, result } = await run([edit, "Here are your tests!", "No."])
  expect(asked[1]?.at(-1)).toContain("the code under test stays as it is")
  expect(asked[2]?.at(-1)).toContain("not JSON")
  expect(problem?.code).toBe("DRAFT_REFUSED")
  expect(result.isScaffold).toBe(true)
})

test("what new tests add to the coverage is measured before and after", async () => {
  const node = {
    "package.json": '{ "type": "module" }',
    "src/money.test.ts": `import assert from "node:assert"
import { test } from "node:test"
import { grossPrice } from "./price.ts"
test("one", () => assert.equal(grossPrice(1, "de"), 1.19))
`,
  }
  const text = `import assert from "node:assert"
import { test } from "node:test"
import { Basket } from "./price.ts"
test("a basket is summed up", async () => {
  const basket = new Basket()
  basket.add(100)
  assert.equal(await basket.total("fr"), 120)
})
`
  const { gain, rules } = await run([draft(text)], { files: node, wantsCoverage: true })
  expect(rules).toEqual([])
  expect(gain?.gained).toContain(15)
  expect(gain?.after.linesRun).toBeGreaterThan(gain?.before.linesRun ?? 0)
})
