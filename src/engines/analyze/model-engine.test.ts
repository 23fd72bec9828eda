import { expect, test } from "vitest"
import type { Finding } from "../../code/finding.ts"
import { findingOf } from "../../code/finding.ts"
import { indexOf } from "../../code/project.testing.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { runEngine } from "../pipeline/run-engine.ts"
import { analyzeEngine, analyzeTask } from "./model-engine.ts"

const code = "const id = req.query.id\nconst n = Number(id)\ndb.query('select ' + n)\nlet handle = open(id)\n"
const at = (startLine: number, evidence: string): Finding =>
  findingOf({
    rule: "security/sql-injection",
    severity: "error",
    message: "m",
    path: "a.js",
    startLine,
    evidence,
    confidence: 0.8,
  })

async function asked(
  answers: readonly (string | Error)[],
  findings: readonly Finding[] = [at(3, "one"), at(4, "two")],
) {
  const index = await indexOf(treeWith({ "a.js": code }))
  const bare = bareTools(answers, { index })
  const task = await analyzeTask({ findings, paths: ["a.js"] }, bare.tools)
  return { run: await runEngine(analyzeEngine, task, bare.tools), bare }
}
const own = (path: string, line: number, quote: string) => ({
  ...{
    path,
    line,
    quote,
    name: "Open handle",
    severity: "error",
    message: "It is never closed.",
    explanation: "Close it.",
  },
})

test("the model's order, reasons and doubts go to the findings; none of them disappears", async () => {
  const answer = {
    judged: [
      { id: "F2", isReal: true, why: "It is so." },
      { id: "F1", isReal: false, why: "n is a number." },
    ],
    further: [],
  }
  const { run } = await asked([JSON.stringify(answer)])
  expect(run.madeBy).toBe("model")
  expect(run.result.findings.map(({ evidence, confidence, tags }) => [evidence, confidence, tags])).toEqual([
    ["two", 0.8, ["model:confirmed"]],
    ["one", 0.4, ["model:doubted"]],
  ])
  expect(run.result.findings[1]?.explanation).toContain("n is a number.")
})

test("what the model finds itself must stand on a line that is there", async () => {
  const answer = {
    judged: [{ id: "F1", isReal: true, why: "w" }],
    further: [own("a.js", 3, "let handle = open(id)"), own("a.js", 2, "not there at all"), own("b.js", 1, "const id")],
  }
  const { run } = await asked([JSON.stringify(answer)])
  const found = run.result.findings.filter(({ source }) => source === "model")
  expect(found).toMatchObject([
    { rule: "model/open-handle", startLine: 4, severity: "warning", evidence: "let handle = open(id)" },
  ])
  expect(run.result.dropped).toBe(2)
  expect(run.result.findings).toHaveLength(3)
})

test("ids and places that are made up go back to the model", async () => {
  const bad = { judged: [{ id: "F9", isReal: true, why: "w" }], further: [] }
  const good = { judged: [{ id: "F1", isReal: true, why: "w" }], further: [] }
  const { run } = await asked([JSON.stringify(bad), JSON.stringify(good)])
  expect(run.repairs).toEqual(["There are no places with these ids: F9."])
  expect(run.result.judged).toBe(1)
})

test("without a model, or with one that writes prose, the rules' findings stay as they are", async () => {
  expect((await asked([])).run).toMatchObject({ madeBy: "index", result: { judged: 0, findings: { length: 2 } } })
  const { run } = await asked(["It all looks fine to me."])
  expect(run).toMatchObject({
    madeBy: "index",
    problem: { code: "DRAFT_REFUSED" },
    result: { findings: { length: 2 } },
  })
})

test("the model sees the lines around a finding with their numbers, and whole files where nothing was found", async () => {
  const { bare } = await asked([JSON.stringify({ judged: [], further: [] })])
  expect(bare.words()[0]?.join("\n")).toContain("3: db.query('select ' + n)")
  const none = await asked([JSON.stringify({ judged: [], further: [] })], [])
  expect(none.bare.words()[0]?.join("\n")).toContain("1: const id = req.query.id")
})
