import { expect, test } from "vitest"
import { z } from "zod"
import { findingOf } from "../../code/finding.ts"
import type { ContextNeed, Gather, PackOptions } from "../../context/context.ts"
import { ModelError } from "../../models/errors.ts"
import { DraftRefusedError } from "./draft.ts"
import type { Engine } from "./engine.ts"
import { bareTools } from "./pipeline.testing.ts"
import { runEngine } from "./run-engine.ts"

const Draft = z.object({ word: z.string() })

/** Wants a word; refuses "no"; a critic has an error for each "x" in it. */
const wordy: Engine<{ readonly wish: string }, z.infer<typeof Draft>, string> = {
  name: "word",
  prompt: () => "word",
  needs: ({ wish }) => ({ task: wish, paths: [], symbols: [] }),
  variables: (task) => task,
  output: { name: "word", schema: Draft },
  async accept({ word }) {
    if (word === "no") throw new DraftRefusedError("Not that word.")
    return word.toUpperCase()
  },
  critics: [
    async function* (result) {
      for (const at of [...result].keys()) {
        if (result[at] !== "X") continue
        yield findingOf(
          { rule: "word/x", severity: "error", message: `x at ${at}`, path: "word", evidence: result },
          at,
        )
      }
    },
  ],
  withoutModel: async () => "INDEX",
}
const { withoutModel: _, ...needy } = wordy
const says = (word: string) => JSON.stringify({ word })

test("a draft that nobody minds is the result of the first round", async () => {
  const { tools, asked, outcomes } = bareTools([says("good")])
  const run = await runEngine(wordy, { wish: "a word" }, tools)
  expect(run).toMatchObject({ result: "GOOD", madeBy: "model", model: "p/m", repairs: [], costUsd: 0.25 })
  expect(asked[0]?.output?.name).toBe("word")
  expect(outcomes).toMatchObject([{ outcome: "answered", prompt: { name: "word" } }])
})

test("sources hear what the caller has open and which conversation it is; checkers are waited for longer", async () => {
  const { tools } = bareTools([says("good")])
  const heard: (ContextNeed & Pick<PackOptions, "withinMs">)[] = []
  const gather: Gather = async (need, options) => {
    heard.push({ ...need, withinMs: options.withinMs })
    return tools.gather(need, options)
  }
  const open = [{ path: "src/a.ts", line: 3 }]
  await runEngine(wordy, { wish: "a word" }, { ...tools, gather }, { open, session: "01JC" })
  const patient = { ...wordy, needs: () => ({ task: "", paths: [], symbols: [], wantsDiagnostics: true }) }
  await runEngine(patient, { wish: "a word" }, { ...tools, gather })
  expect(heard).toMatchObject([
    { task: "a word", engine: "word", user: "test", open, session: "01JC", withinMs: 5_000 },
    { withinMs: 30_000 },
  ])
})

test("a refused draft, one of another form and one that a critic minds go back with the reason", async () => {
  const { tools, words, outcomes } = bareTools([says("no"), "prose", says("xy"), says("fine")])
  const run = await runEngine(wordy, { wish: "a word" }, tools, { mostRepairs: 3 })
  expect(run).toMatchObject({ result: "FINE", inputTokens: 40, costUsd: 1 })
  expect(run.repairs).toEqual(["Not that word.", expect.stringContaining("not JSON"), "word:1: x at 0"])
  expect(words()[1]?.slice(1)).toEqual([says("no"), expect.stringContaining("Not that word.")])
  expect(words()[2]?.slice(1)).toEqual(["prose", expect.stringContaining("not JSON")])
  expect(outcomes).toMatchObject([{ outcome: "repaired" }])
})

test("when the rounds are used up the best accepted draft is given with what is wrong with it", async () => {
  const { tools, asked } = bareTools([says("xxx"), says("x"), says("xx"), says("never")])
  const run = await runEngine(wordy, { wish: "a word" }, tools, { mostRepairs: 2 })
  expect(asked).toHaveLength(3)
  expect(run.result).toBe("X")
  expect(run.findings.map(({ message }) => message)).toEqual(["x at 0"])
})

test("where no draft can be used the index answers and says why", async () => {
  const { tools, outcomes } = bareTools([says("no")])
  const run = await runEngine(wordy, { wish: "a word" }, tools, { mostRepairs: 1 })
  expect(run).toMatchObject({ result: "INDEX", madeBy: "index", model: null, problem: { code: "DRAFT_REFUSED" } })
  expect(run.inputTokens).toBe(20)
  expect(outcomes).toMatchObject([{ outcome: "failed" }])
  await expect(runEngine(needy, { wish: "a word" }, bareTools([says("no")]).tools)).rejects.toThrow("Not that word.")
})

test("a model that fails leaves the word to the index; a fault of ours does not", async () => {
  const down = new ModelError({ fault: "MODEL_UNREACHABLE", message: "Nobody listens." })
  expect(await runEngine(wordy, { wish: "w" }, bareTools([down]).tools)).toMatchObject({
    result: "INDEX",
    problem: { code: "MODEL_UNREACHABLE", message: "Nobody listens." },
  })
  await expect(runEngine(wordy, { wish: "w" }, bareTools([new Error("bug")]).tools)).rejects.toThrow("bug")
})

test("a model that fails in a later round does not lose the draft of an earlier one", async () => {
  const down = new ModelError({ fault: "MODEL_UNREACHABLE", message: "Nobody listens." })
  expect(await runEngine(wordy, { wish: "w" }, bareTools([says("x"), down]).tools)).toMatchObject({
    result: "X",
    madeBy: "model",
    findings: [{ rule: "word/x" }],
  })
})

test("without a model nobody is asked, and an engine that needs one says so", async () => {
  const { tools, asked } = bareTools([])
  expect(await runEngine(wordy, { wish: "w" }, tools)).toMatchObject({ result: "INDEX", problem: null })
  expect(asked).toEqual([])
  await expect(runEngine(needy, { wish: "w" }, tools)).rejects.toMatchObject({ code: "NO_MODEL" })
})

test("a secret leaves as its placeholder and comes back as itself", async () => {
  const token = ["ghp_", "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3jK5"].join("")
  const { tools, words, asked } = bareTools([says("[secret:github-token:1]")])
  const result: Engine<{ readonly wish: string }, z.infer<typeof Draft>, string> = {
    ...wordy,
    accept: async ({ word }) => word,
    critics: [],
  }
  const run = await runEngine(result, { wish: `use ${token}` }, tools)
  expect(words()[0]?.[0]).toContain("[secret:github-token:1]")
  expect(JSON.stringify(asked)).not.toContain(token)
  expect(run.result).toBe(token)
})

test("text is heard as it comes, once, and whoever cancels gets no answer of the index", async () => {
  const prose: Engine<{ readonly wish: string }, string, string> = {
    ...wordy,
    output: "text",
    accept: async (draft) => draft,
    critics: [],
  }
  const { tools, said } = bareTools(["once upon a time"])
  expect((await runEngine(prose, { wish: "w" }, tools)).result).toBe("once upon a time")
  expect(said.join("")).toBe("once upon a time")

  const stopped = bareTools([new ModelError({ fault: "MODEL_FAILED", message: "cut" })])
  stopped.stop.abort(new Error("gone"))
  await expect(runEngine(prose, { wish: "w" }, stopped.tools)).rejects.toThrow("cut")
})

test("the model that rules ask for is asked, unless a person named one", async () => {
  const { tools, asked } = bareTools([says("good")])
  const ruled = { ...tools, rulesFor: async () => ({ rules: [], model: "large" }) }
  await runEngine(wordy, { wish: "w" }, ruled)
  await runEngine(wordy, { wish: "w" }, ruled, { model: "mine" })
  expect(asked.map(({ model }) => model)).toEqual(["large", "mine"])
})

test("where the engine has nothing to say without a model either, what the model did wrong is told", async () => {
  const { tools } = bareTools(["prose"])
  const mute = { ...wordy, withoutModel: () => Promise.reject(new Error("no model")) }
  await expect(runEngine(mute, { wish: "a word" }, tools)).rejects.toMatchObject({ code: "DRAFT_REFUSED" })
})
