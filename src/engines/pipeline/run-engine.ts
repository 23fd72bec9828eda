import { asDuckError } from "../../base/errors.ts"
import type { Finding } from "../../code/finding.ts"
import type { ContextNeed, OpenFile, PackedContext } from "../../context/context.ts"
import { gatherWithinMs } from "../../context/packing/gather.ts"
import type { PromptOutcome, Rendered } from "../../context/prompts/prompts.ts"
import { ModelError } from "../../models/errors.ts"
import type { Message } from "../../models/model.ts"
import { addedCost } from "../../models/usage-sum.ts"
import { type Answer, ask, DraftRefusedError, draftIn } from "./draft.ts"
import type { Engine, EngineRun, EngineTools } from "./engine.ts"

export interface RunOptions {
  /** As a user names it; without it what rules ask for, else the default. */
  readonly model?: string
  /** Answer from the index even where there is a model. */
  readonly withoutModel?: boolean
  /** Most tokens of gathered context. */
  readonly contextTokens?: number
  /** How often a draft may go back to the model. */
  readonly mostRepairs?: number
  /** Files that whoever asks has open, the one in front first. */
  readonly open?: readonly OpenFile[]
  /** The conversation that it belongs to. */
  readonly session?: string
}

const defaults = { withoutModel: false, contextTokens: 24_000, mostRepairs: 2 }

/**
 * The one way of every engine: gather context, compose the prompt, ask, parse, accept, criticise, repair within bounds.
 * Without a model, or where none answers, the engine says what it can of itself and why. Throws what the engine throws;
 * ModelError where there is no model and nothing to say without one; DraftRefusedError where no draft could be made a
 * result.
 */
export async function runEngine<Task, Draft, Result>(
  engine: Engine<Task, Draft, Result>,
  task: Task,
  tools: EngineTools,
  options: RunOptions = {},
): Promise<EngineRun<Result>> {
  const { withoutModel, contextTokens, mostRepairs, open, session } = { ...defaults, ...options }
  const startedAt = performance.now()
  const tookMs = () => performance.now() - startedAt
  if (withoutModel || !tools.models.hasModel(tools.root)) {
    return { ...(await alone(engine, task, tools, null)), tookMs: tookMs() }
  }

  const caller = { user: tools.attribution.user, open, session }
  const need: ContextNeed = { ...engine.needs(task), engine: engine.name, ...caller }
  tools.progress("context", "Gathering context")
  const held = await tools.rulesFor(need)
  // A person's word goes before a rule's.
  const model = options.model ?? held.model ?? ""
  const context = await tools.gather(
    { ...need, chunking: held.chunking },
    { budgetTokens: contextTokens, withinMs: gatherWithinMs(need), signal: tools.signal },
  )
  const rendered = await tools.prompts.render(engine.prompt(task), {
    variables: engine.variables(task, context),
    context,
    rules: held.rules,
    model,
    user: tools.attribution.user,
  })
  const spent: Spending = { inputTokens: 0, outputTokens: 0, costUsd: 0, model: null }
  const tell = (outcome: PromptOutcome["outcome"]) =>
    tools.prompts.record({
      prompt: rendered.prompt,
      outcome,
      durationMs: tookMs(),
      costUsd: spent.costUsd,
      model: spent.model ?? model,
      user: tools.attribution.user,
    })
  try {
    const rounds = await repaired(engine, task, tools, { rendered, context, model, mostRepairs, spent })
    await tell(rounds.repairs.length > 0 ? "repaired" : "answered")
    return { ...rounds, ...spent, madeBy: "model", prompt: rendered.prompt, problem: null, context, tookMs: tookMs() }
  } catch (thrown) {
    if (tools.signal.aborted) throw thrown
    await tell("failed")
    if (!engine.withoutModel || !(thrown instanceof ModelError || thrown instanceof DraftRefusedError)) throw thrown
    const { code, message, hint } = asDuckError(thrown)
    const said = await alone(engine, task, tools, { code, message, hint }).catch((): never => {
      // Where there is nothing to say without a model either, what the model did wrong is the answer.
      throw thrown
    })
    return { ...said, ...spent, model: null, prompt: rendered.prompt, context, tookMs: tookMs() }
  }
}

interface Spending {
  inputTokens: number
  outputTokens: number
  costUsd: number | null
  model: string | null
}

interface Rounds<Result> {
  readonly result: Result
  readonly findings: readonly Finding[]
  readonly repairs: readonly string[]
}

/** Asks until a draft is accepted and no critic has an error, or until there are no rounds left. */
async function repaired<Task, Draft, Result>(
  engine: Engine<Task, Draft, Result>,
  task: Task,
  tools: EngineTools,
  {
    rendered,
    context,
    model,
    mostRepairs,
    spent,
  }: {
    readonly rendered: Rendered
    readonly context: PackedContext
    readonly model: string
    readonly mostRepairs: number
    readonly spent: Spending
  },
): Promise<Rounds<Result>> {
  const repairs: string[] = []
  let messages: readonly Message[] = rendered.messages
  /** The best that was accepted: what is given when later rounds make it worse. */
  let best: Omit<Rounds<Result>, "repairs"> | undefined
  for (;;) {
    const isFirst = repairs.length === 0
    tools.progress("model", isFirst ? "Asking the model" : `Asking again: ${repairs.at(-1)?.split("\n")[0]}`)
    // Text that comes a second time would be shown twice.
    const listener = isFirst ? tools : { ...tools, said: async () => {} }
    let answer: Answer
    try {
      answer = await ask(engine, messages, model, listener)
    } catch (thrown) {
      if (best && thrown instanceof ModelError) return { ...best, repairs }
      throw thrown
    }
    spent.model = answer.model
    spent.inputTokens += answer.inputTokens
    spent.outputTokens += answer.outputTokens
    spent.costUsd = addedCost(spent.costUsd, answer.costUsd)
    const judged = await judge(engine, answer, task, tools, context)
    if ("result" in judged) {
      if (!best || errorsOf(judged) < errorsOf(best)) best = judged
      if (errorsOf(judged) === 0) return { ...judged, repairs }
    }
    if (repairs.length >= mostRepairs) {
      if (best) return { ...best, repairs }
      if ("refusal" in judged) throw judged.refusal
    }
    const wrong = "refusal" in judged ? judged.refusal.message : wordsOf(judged.findings)
    repairs.push(wrong)
    messages = again(rendered.messages, answer.text, wrong)
  }
}

/** The result that an answer makes and what critics find in it, or why it makes none. */
async function judge<Task, Draft, Result>(
  engine: Engine<Task, Draft, Result>,
  answer: Answer,
  task: Task,
  tools: EngineTools,
  context: PackedContext,
): Promise<Omit<Rounds<Result>, "repairs"> | { readonly refusal: DraftRefusedError }> {
  try {
    const result = await engine.accept(draftIn(engine.output, answer, tools.masker), task, tools, context)
    return { result, findings: await criticised(engine, result, task, tools) }
  } catch (thrown) {
    if (thrown instanceof DraftRefusedError) return { refusal: thrown }
    throw thrown
  }
}

const wordsOf = (findings: readonly Finding[]) =>
  findings
    .filter(({ severity }) => severity === "error")
    .map(({ path, startLine, message }) => `${path}:${startLine}: ${message}`)
    .join("\n")

const errorsOf = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.filter(({ severity }) => severity === "error").length

async function criticised<Task, Draft, Result>(
  engine: Engine<Task, Draft, Result>,
  result: Result,
  task: Task,
  tools: EngineTools,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const critic of engine.critics) {
    for await (const finding of critic(result, task, tools)) findings.push(finding)
  }
  return findings
}

/** Only the last draft is shown again: earlier ones cost tokens and teach nothing. */
function again(messages: readonly Message[], draft: string, wrong: string): readonly Message[] {
  const said = (role: Message["role"], text: string): Message => ({ role, parts: [{ kind: "text", text }] })
  return [
    ...messages,
    ...(draft.trim() === "" ? [] : [said("assistant", draft)]),
    said("user", `That can't be used:\n${wrong}\n\nAnswer again, whole and corrected, in the same form.`),
  ]
}

async function alone<Task, Draft, Result>(
  engine: Engine<Task, Draft, Result>,
  task: Task,
  tools: EngineTools,
  problem: EngineRun<Result>["problem"],
): Promise<Omit<EngineRun<Result>, "tookMs">> {
  if (!engine.withoutModel) {
    throw new ModelError({
      fault: "NO_MODEL",
      message: `\`${engine.name}\` needs a model for this, and none is connected.`,
      hint: "Connect one with `duck llm connect`.",
    })
  }
  const result = await engine.withoutModel(task, tools)
  const findings = await criticised(engine, result, task, tools)
  return {
    result,
    findings,
    madeBy: "index",
    model: null,
    prompt: null,
    repairs: [],
    problem,
    context: null,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: null,
  }
}
