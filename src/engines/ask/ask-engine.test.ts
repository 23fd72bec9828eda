import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import type { ContextNeed, PackedContext } from "../../context/context.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { runEngine } from "../pipeline/run-engine.ts"
import { ask } from "./ask.ts"
import { askEngine } from "./ask-engine.ts"

const nothing: PackedContext = { items: [], left: [], tokens: 0, budgetTokens: 0, sources: [], tookMs: 0 }

/** Asks a model that gives these answers, with this context beside the index's evidence. */
async function asked(
  question: string,
  answers: readonly string[],
  context = nothing,
  more: Record<string, string> = {},
) {
  const index = await indexOf(treeWith({ ...shop, ...more }))
  const bare = bareTools(answers, { index })
  const needs: ContextNeed[] = []
  const gather = async (need: ContextNeed) => {
    needs.push(need)
    return context
  }
  const run = await runEngine(askEngine, await ask(question, { index }), { ...bare.tools, gather })
  return { ...bare, run, needs }
}

test("the model gets the evidence with line numbers; places in its answer are checked, and it streams", async () => {
  const { run, words, said } = await asked("where is grossPrice?", ["In src/price.ts:4, see src/price.ts:99."])
  expect(run.result.text).toBe("In src/price.ts:4, see src/price.ts:99 (no such place).")
  expect(run.result.citations.map(({ line, found }) => [line, found])).toEqual([
    [4, "evidence"],
    [99, "missing"],
  ])
  expect(said.join("")).toBe("In src/price.ts:4, see src/price.ts:99.")
  const [[prompt = ""] = []] = words()
  expect(prompt).toContain("4\\texport function grossPrice")
  expect(prompt).toContain("where is grossPrice?")
})

test("beside the evidence it is told what an index can't know, and may cite the files that are open", async () => {
  const place = { path: "src/money.ts", startLine: 1, endLine: 3 }
  const about = { id: "src/money.ts", source: "open", title: "src/money.ts", score: 0.5, why: "open", tokens: 9 }
  const context = { ...nothing, items: [{ ...about, place, form: "whole" as const, text: "export" }] }
  const { run, needs } = await asked("where is grossPrice?", ["As src/money.ts:1 shows."], context)
  expect(needs).toMatchObject([
    { sources: ["memory", "open", "diagnostics", "conversation"], wantsDiagnostics: false, engine: "ask" },
  ])
  expect(run.result.citations).toMatchObject([{ path: "src/money.ts", found: "evidence" }])
  expect((await asked("where is grossPrice?", ["As src/money.ts:1 shows."])).run.result.citations).toMatchObject([
    { path: "src/money.ts", found: "file" },
  ])
})

test("a secret in the evidence is masked on its way to the model", async () => {
  const key = ["ghp_", "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3jK5"].join("")
  const more = { "src/pay.ts": `export function payKey() {\n  return "${key}"\n}\n` }
  const { words } = await asked("where is payKey?", ["It is in src/pay.ts:2."], nothing, more)
  expect(words().join()).toContain("payKey")
  expect(words().join()).not.toContain(key)
})

test("a model that says nothing has not answered", async () => {
  await expect(asked("where is grossPrice?", [" \n"])).rejects.toMatchObject({ code: "DRAFT_REFUSED" })
})
