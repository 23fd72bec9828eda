import { normalize } from "node:path/posix"
import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { OpenFile } from "../context/context.ts"
import type { EngineRun } from "../engines/pipeline/engine.ts"
import type { RunOptions } from "../engines/pipeline/run-engine.ts"
import { madeWithoutModel } from "./code-blocks.ts"
import { type Block, literal } from "./document.ts"
import { spokenCost, spokenMs, spokenTokens } from "./llm/spoken.ts"
import { SessionId } from "./session/sessions.ts"

/** What every command with an engine takes. */
export const ModelFlags = {
  model: z.string().max(300).optional().describe("Ask this model: provider/model, a model's name or an alias"),
  noModel: z.boolean().default(false).describe("Answer from the index alone, even where a model is connected"),
}

/** What commands take whose engine looks at what the caller has before them. */
export const ContextFlags = {
  open: z
    .array(z.string().min(1).max(4_096))
    .max(100)
    .default([])
    .describe("A file that is open in your editor, path or path:line; the one in front first"),
  session: SessionId.optional().describe("The conversation that it belongs to: its id, or the beginning of it"),
}

/** Throws InvalidInputError where the flags contradict each other. */
export function runOptions({
  model,
  noModel,
  open = [],
  session,
}: {
  readonly model?: string | undefined
  readonly noModel: boolean
  readonly open?: readonly string[]
  readonly session?: string | undefined
}): RunOptions {
  if (noModel && model !== undefined)
    throw new InvalidInputError({ message: "--model and --no-model don't go together." })
  return {
    withoutModel: noModel,
    open: open.map(openFile),
    ...(model === undefined ? {} : { model }),
    ...(session === undefined ? {} : { session }),
  }
}

/** Of "src/a.ts:12" or "src/a.ts". */
export function openFile(typed: string): OpenFile {
  const [, path = typed, line] = /^(.+):(\d{1,7})$/.exec(typed) ?? []
  return { path: normalize(path), ...(line === undefined ? {} : { line: Number(line) }) }
}

/** How an engine came to its result. */
export const EngineFacts = z.object({
  madeBy: z.enum(["model", "index"]),
  model: z.string().nullable(),
  prompt: z.object({ name: z.string(), version: z.string(), variant: z.string(), source: z.string() }).nullable(),
  /** Why drafts went back to the model. */
  repairs: z.array(z.string()),
  /** Why a model's answer was given up for the index's. */
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
  contextTokens: z.int(),
  /** Sources of context that were not ready, or failed. */
  missingContext: z.array(z.object({ source: z.string(), problem: z.string() })),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number().nullable(),
  tookMs: z.number(),
})
export type EngineFacts = z.infer<typeof EngineFacts>

export function factsOf<Result>(run: EngineRun<Result>): EngineFacts {
  const { madeBy, model, prompt, repairs, problem, context, inputTokens, outputTokens, costUsd, tookMs } = run
  return {
    ...{ madeBy, model, prompt, inputTokens, outputTokens, costUsd, tookMs },
    repairs: [...repairs],
    problem: problem && {
      code: problem.code,
      message: problem.message,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    },
    contextTokens: context?.tokens ?? 0,
    missingContext: (context?.sources ?? []).flatMap(({ name, problem }) =>
      problem === undefined ? [] : [{ source: name, problem }],
    ),
  }
}

const problemBlocks = (problem: EngineFacts["problem"]): Block[] =>
  problem
    ? [
        {
          kind: "paragraph",
          text: literal(`The model did not answer: ${problem.message}${problem.hint ? ` ${problem.hint}` : ""}`),
          tone: "warning",
        },
      ]
    : []

/** What a prompt went without, for whoever wonders about the answer. */
export const missingBlocks = (missing: EngineFacts["missingContext"]): Block[] =>
  missing.map(({ source, problem }) => ({
    kind: "paragraph",
    text: literal(`The context source ${source} gave nothing: ${problem.replace(/\.$/, "")}.`),
    tone: "warning",
  }))

/** Who made it, of what and for how much, in one line; before it, why a model did not. */
export function factsBlocks({
  madeBy,
  model,
  repairs,
  problem,
  missingContext,
  inputTokens,
  outputTokens,
  costUsd,
  tookMs,
}: EngineFacts): Block[] {
  const failed: Block[] = [...problemBlocks(problem), ...missingBlocks(missingContext)]
  if (madeBy === "index") {
    return [...failed, { kind: "paragraph", text: `${madeWithoutModel}${spokenMs(tookMs)}.`, tone: "quiet" }]
  }
  const facts = [
    `${spokenTokens(inputTokens)} tokens in, ${spokenTokens(outputTokens)} out`,
    costUsd === null ? "cost unknown" : spokenCost(costUsd),
    spokenMs(tookMs),
    ...(repairs.length > 0 ? [`sent back ${count(repairs.length, "time")}`] : []),
  ]
  return [
    ...failed,
    { kind: "paragraph", text: `Made by **${literal(model ?? "")}**: ${facts.join(", ")}.`, tone: "quiet" },
  ]
}
