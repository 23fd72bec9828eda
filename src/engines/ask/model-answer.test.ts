import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import type { Model, ModelEvent, ModelRequest } from "../../models/model.ts"
import { noUsage } from "../../models/model.ts"
import { prefixStability } from "../../models/usage/prefix.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { ask } from "./ask.ts"
import { askModel } from "./model-answer.ts"

const usage = { ...noUsage, inputTokens: 100, outputTokens: 10 }

/** Asks a model that answers with these events, and gives what it was asked. */
async function asked(question: string, ...texts: string[]) {
  const index = await indexOf(treeWith(shop))
  const answer = await ask(question, { index })
  const requests: ModelRequest[] = []
  const call: Model = async function* (request) {
    requests.push(request)
    yield { kind: "start", provider: "p", model: "m" }
    for (const text of texts) yield { kind: "text", text } satisfies ModelEvent
    yield { kind: "end", finish: "stop", usage, costUsd: 0.01 }
  }
  const heard: string[] = []
  const made = askModel(answer, {
    call,
    model: "best",
    rules: [{ title: "Tone", text: "Answer in German." }],
    index,
    attribution: { user: "ada", command: "ask" },
    signal: new AbortController().signal,
    onText: async (piece) => void heard.push(piece),
  })
  return { made, requests, heard }
}

test("the model gets the rules, the evidence with line numbers and the question; its answer streams", async () => {
  const { made, requests, heard } = await asked("where is grossPrice?", "In src/price.ts:4", ", see src/price.ts:99.")
  expect(await made).toMatchObject({
    text: "In src/price.ts:4, see src/price.ts:99 (no such place).",
    model: "p/m",
    costUsd: 0.01,
    inputTokens: 100,
    isCut: false,
  })
  expect(heard).toEqual(["In src/price.ts:4", ", see src/price.ts:99."])
  const [request] = requests
  expect(request).toMatchObject({ model: "best", attribution: { user: "ada", command: "ask" } })
  expect(request?.messages.map(({ section }) => section)).toEqual(["system", "rules", "evidence", "question"])
  const text = JSON.stringify(request?.messages)
  expect(text).toContain("## Tone\\n\\nAnswer in German.")
  expect(text).toContain("4\\texport function grossPrice")
  expect(text).toContain("where is grossPrice?")
})

test("the rules come first and are the same for every question, so that a provider can keep them", async () => {
  const [one] = (await asked("where is grossPrice?", "x")).requests
  const [two] = (await asked("what calls round?", "x")).requests
  expect(prefixStability([one ?? expect.fail(), two ?? expect.fail()])).toEqual([])
})

test("a model that says nothing has not answered", async () => {
  await expect((await asked("where is grossPrice?", " \n")).made).rejects.toMatchObject({
    code: "MODEL_ANSWER_INVALID",
  })
})
