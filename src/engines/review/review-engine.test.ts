import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { shop } from "../../code/project.testing.ts"
import { repositoryWith } from "../../workspace/tree.testing.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { changeText } from "./change-text.ts"
import { reviewed } from "./review.testing.ts"
import { runReview } from "./run-review.ts"

async function changed() {
  const root = repositoryWith(shop)
  const path = join(root, "src/money.ts")
  writeFileSync(path, readFileSync(path, "utf8").replace("Math.round", "Math.floor"))
  const { changes, review, index, workspace } = await reviewed(root)
  return { task: { changes, facts: review }, around: { root, index, workspace } }
}

const said = (more: object = {}) => ({
  path: "src/money.ts",
  line: 3,
  end_line: 3,
  severity: "warning",
  category: "correctness",
  quote: "return Math.floor(amount * 100) / 100",
  message: "Negative amounts round away.",
  explanation: "Use round.",
  confidence: 0.8,
  ...more,
})
const answer = (findings: object[]) => JSON.stringify({ summary: "Floors.", findings, questions: ["Why floor?"] })
const verdicts = (...list: object[]) => JSON.stringify({ verdicts: list })

test("a model's finding stands where its quotation does, whatever line it named", async () => {
  const { task, around } = await changed()
  const { tools } = bareTools([answer([said({ line: 40, path: "b/src/money.ts" })]), verdicts()], around)
  const run = await runReview(task, tools, {})
  expect(run.madeBy).toBe("model")
  expect(run.result).toMatchObject({ summary: "Floors.", questions: ["Why floor?", ...task.facts.questions] })
  expect(run.result.findings.filter(({ source }) => source === "model")).toMatchObject([
    { path: "src/money.ts", startLine: 3, rule: "review/correctness", tags: [] },
  ])
})

test("what is said of lines that did not change is marked as context, and of places that are not there dropped", async () => {
  const { task, around } = await changed()
  const findings = [
    said({ line: 2, end_line: 2, quote: "export function round(amount: number): number {", message: "Old." }),
    said({ quote: "return amount.toFixed(2)", message: "Made up." }),
    said({ path: "src/nothing.ts", message: "Nowhere." }),
  ]
  const { tools } = bareTools([answer(findings), verdicts()], around)
  const { result } = await runReview(task, tools, {})
  expect(result.findings.filter(({ source }) => source === "model")).toMatchObject([
    { message: "Old.", tags: ["context"] },
  ])
  expect(result.dropped.map(({ message }) => message)).toEqual(["Made up.", "Nowhere."])
})

test("a second pass drops the findings that the code refutes, and says why", async () => {
  const { task, around } = await changed()
  const findings = [said(), said({ message: "Overflows.", category: "security" })]
  const second = verdicts(
    { number: 1, holds: true, why: "Line 3." },
    { number: 2, holds: false, why: "Numbers are floats." },
  )
  const { tools, asked } = bareTools([answer(findings), second], around)
  const { result } = await runReview(task, tools, {})
  expect(asked).toHaveLength(2)
  expect(result.findings.filter(({ source }) => source === "model").map(({ message }) => message)).toEqual([
    "Negative amounts round away.",
  ])
  expect(result.dropped).toEqual([{ message: "Overflows.", why: "Numbers are floats." }])
})

test("where nothing it says is about the change it is asked again; in the end the facts stay, and why is said", async () => {
  const { task, around } = await changed()
  const wrong = answer([said({ path: "other.ts" })])
  const { tools, asked } = bareTools([wrong], around)
  const run = await runReview(task, tools, {})
  expect(asked).toHaveLength(3)
  expect(run).toMatchObject({
    madeBy: "index",
    problem: { code: "DRAFT_REFUSED" },
    result: { findings: task.facts.findings },
  })
})

test("a second pass that fails leaves the findings and is told", async () => {
  const { task, around } = await changed()
  const { tools } = bareTools([answer([said()]), "no JSON", "no JSON"], around)
  const { result } = await runReview(task, tools, {})
  expect(result.findings.some(({ source }) => source === "model")).toBe(true)
  expect(result.notes.at(-1)).toContain("not held against the code a second time")
})

test("the change is shown with the new side's line numbers", async () => {
  const { task } = await changed()
  expect(changeText(task.changes.files)).toContain(
    "      -   return Math.round(amount * 100) / 100\n    3 +   return Math.floor(amount * 100) / 100",
  )
})
