import type { CodeIndex } from "../../code/code-index.ts"
import type { PromptOutcome } from "../../context/prompts/prompts.ts"
import { type ModelEvent, type ModelRequest, noUsage } from "../../models/model.ts"
import type { TokenCount } from "../../models/tokens/count.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { EngineTools } from "./engine.ts"

/** A model that gives these answers one after the other, or throws them, and what it was asked. */
export function answering(answers: readonly (string | Error)[]) {
  const asked: ModelRequest[] = []
  async function* call(request: ModelRequest): AsyncIterable<ModelEvent> {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? ""
    asked.push(request)
    if (answer instanceof Error) throw answer
    yield { kind: "start", provider: "p", model: "m" }
    for (const text of answer.match(/.{1,7}/gs) ?? []) yield { kind: "text", text }
    const usage = { ...noUsage, inputTokens: 10, outputTokens: 5 }
    yield { kind: "end", finish: "stop", usage, costUsd: 0.25 }
  }
  const words = () =>
    asked.map(({ messages }) =>
      messages.map(({ parts }) => parts.map((part) => (part.kind === "text" ? part.text : "")).join("")),
    )
  return { asked, call, words }
}

/** Tools with nothing around them: no context, one prompt that says the task, no rules. */
export function bareTools(
  answers: readonly (string | Error)[],
  { workspace, index, root = "/nowhere" }: { workspace?: Workspace; index?: CodeIndex; root?: string } = {},
) {
  const model = answering(answers)
  const outcomes: PromptOutcome[] = []
  const said: string[] = []
  const stop = new AbortController()
  const missing = (what: string) => (): never => {
    throw new Error(`The test gave no ${what}.`)
  }
  const absent = <T extends object>(what: string): T => new Proxy({} as T, { get: missing(what) })
  const tools: EngineTools = {
    root,
    index: index ?? absent("index"),
    workspace: workspace ?? absent("workspace"),
    models: {
      call: model.call,
      hasModel: () => answers.length > 0,
      countTokens: async (): Promise<TokenCount> => ({ tokens: 1, isExact: false, errorPercent: 10 }),
    },
    masker: secretMasker(),
    gather: async (_, { budgetTokens }) => ({
      items: [],
      left: [],
      tokens: 0,
      budgetTokens,
      sources: [],
      tookMs: 0,
    }),
    prompts: {
      render: async (name, { variables }) => ({
        messages: [{ role: "user", parts: [{ kind: "text", text: JSON.stringify(variables) }] }],
        prompt: { name, version: "1.0.0", variant: "", source: "built in" },
      }),
      record: async (outcome) => void outcomes.push(outcome),
    },
    rulesFor: async () => ({ rules: [] }),
    async *rulesCritic() {},
    attribution: { user: "test" },
    signal: stop.signal,
    progress: () => {},
    said: async (piece) => void said.push(piece),
  }
  return { ...model, tools, outcomes, said, stop }
}
