import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill } from "../workspace/tree.testing.ts"
import { chat, scripted, serverWith, usage } from "./llm/llm.testing.ts"

const files = {
  "package.json": '{ "type": "module", "scripts": { "test": "node --test" } }',
  "age.js": "export function isAdult(age) {\n  if (age < 0) throw new RangeError('age')\n  return age >= 18\n}\n",
  "name.js": "export const shout = (name) => name.toUpperCase()\n",
}
const text = `import assert from "node:assert"
import { test } from "node:test"
import { isAdult } from "./age.js"
test("of eighteen", () => assert.equal(isAdult(18), true))
`
const content = JSON.stringify({
  title: "Tests of ages",
  explanation: "The bound.",
  files: [{ path: "age.test.js", action: "create", content: text, edits: null, to: null }],
  suspected: [],
})

test("a model's tests are run, measured, kept as a proposal and written behind a checkpoint", async () => {
  const mock = await scripted((m) => m.onMessage(/.*/, { content, usage }))
  const { duck, project } = await serverWith({ llm: { providers: { one: chat(mock.url) } } })
  fill(project, files)
  const { output, exitCode } = await duck.run("test", { targets: ["age.js"], run: true, coverage: true, apply: true })
  expect(exitCode).toBe(0)
  expect(output.targets).toMatchObject([
    {
      framework: "node:test",
      paths: ["age.test.js"],
      run: { state: "passed", passed: 1 },
      facts: { madeBy: "model", repairs: [], prompt: { name: "test/write" } },
    },
  ])
  expect(output.targets[0]?.coverage?.gained).toContain(3)
  expect(output.answer?.state).toBe("applied")
  const asked = JSON.stringify(mock.getRequests().at(-1)?.body)
  expect(asked).toContain("new RangeError('age')")
  const { output: better } = await duck.run("test.quality", { path: "age.test.js", mutations: 5, runs: 1 })
  expect([better.of, better.state, better.tests]).toEqual(["age.js", "passed", 1])
}, 120_000)

test("tests with errors left are not written, and one target's failure stops no other", async () => {
  const broken = content.replaceAll("isAdult(18), true", "isAdult(18), false")
  const mock = await scripted((m) => m.onMessage(/.*/, { content: broken, usage }))
  const { duck, project } = await serverWith({ llm: { providers: { one: chat(mock.url) } } })
  fill(project, files)
  const one = await duck.run("test", { targets: ["age.js"], run: true, apply: true })
  expect(one).toMatchObject({ exitCode: 1, output: { answer: { state: "open", held: expect.any(String) } } })
  const many = await duck.run("test", { targets: ["nothing.js", "age.js", "name.js"], noModel: true, dryRun: true })
  expect(many.output.targets.map(({ error, paths }) => error?.code ?? paths[0])).toEqual([
    "FILE_NOT_FOUND",
    "age.test.js",
    "name.test.js",
  ])
  expect([many.exitCode, many.output.answer?.state]).toEqual([1, "shown"])
  await expect(duck.call("test", { targets: ["nothing.js"] })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(duck.call("test", { targets: ["age.js"], coverage: true })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
}, 120_000)

test("what was asked for and not done is told: coverage of tests that never end, a run of tests that don't parse", async () => {
  const answerOf = (body: string) => content.replace("assert.equal(isAdult(18), true)", body)
  const answers = [
    answerOf("{ for (;;) assert.equal(isAdult(18), true) }"),
    answerOf("{ assert.equal(isAdult(18), true"),
  ]
  for (const [at, left] of [
    [0, "coverage: the tests were not run to their end"],
    [1, "run: the tests have errors that no run would get past"],
  ] as const) {
    const mock = await scripted((m) => m.onMessage(/.*/, { content: answers[at] ?? "", usage }))
    const { duck, project } = await serverWith({ llm: { providers: { one: chat(mock.url) } } })
    fill(project, files)
    const asked = { targets: ["age.js"], run: true, coverage: true, testSeconds: 1, dryRun: true }
    const { output, exitCode } = await duck.run("test", asked)
    expect([exitCode, output.targets[0]?.left, output.targets[0]?.coverage]).toEqual([1, [left], null])
  }
}, 120_000)

test("coverage that lies is named with exit code 1, and suggestions say what they rest on", async () => {
  const { duck, project } = await serverWith()
  fill(project, files)
  expect((await duck.run("test.suggest", {})).output).toMatchObject({
    coverage: null,
    suggestions: [{ name: "isAdult", complexity: 2 }, { name: "shout" }],
  })
  await expect(duck.call("test.coverage", {})).rejects.toMatchObject({ code: "NO_COVERAGE" })
  const record = (path: string, line: number) => `SF:${path}\nDA:${line},1\nDA:1,0\nend_of_record\n`
  writeFileSync(join(project, "lcov.info"), record("age.js", 3) + record("name.js", 99) + record("/etc/passwd", 1))
  const { output, exitCode } = await duck.run("test.coverage", {})
  expect(output.files.map(({ path }) => path)).toEqual(["age.js"])
  expect(output.lies.map(({ kind }) => kind)).toEqual(["beyond", "outside"])
  expect(exitCode).toBe(1)
  writeFileSync(join(project, "lcov.info"), "nothing of use")
  await expect(duck.call("test.coverage", { file: "lcov.info" })).rejects.toMatchObject({ code: "COVERAGE_UNREADABLE" })
})
