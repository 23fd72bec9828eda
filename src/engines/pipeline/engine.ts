import type { z } from "zod"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Critic, Finding } from "../../code/finding.ts"
import type { ContextNeed, Gather, PackedContext } from "../../context/context.ts"
import type { Prompts, PromptVersion, Variables } from "../../context/prompts/prompts.ts"
import type { Attribution } from "../../models/attribution.ts"
import type { Models } from "../../models/models.ts"
import type { SecretMasker } from "../../workspace/secrets/mask.ts"
import type { Workspace } from "../../workspace/workspace.ts"

/**
 * What an engine is: data for the one pipeline (run-engine.ts).
 *
 *     gather context -> compose prompt -> model -> parse -> accept -> critics -> repair (bounded) -> result
 *
 * `Task`: what it is asked, checked before. `Draft`: what the model writes. `Result`: what the user gets.
 */
export interface Engine<Task, Draft, Result> {
  /** As the command: "explain", "generate"... */
  readonly name: string
  /** Name of the prompt template; a task may choose among several. */
  prompt(task: Task): string
  needs(task: Task): Omit<ContextNeed, "engine" | "user">
  /** What fills the template. */
  variables(task: Task, context: PackedContext): Variables
  /** What the model is to write: JSON of this schema, or plain text. */
  readonly output: { readonly name: string; readonly schema: z.ZodType<Draft> } | "text"
  readonly maxOutputTokens?: number
  /**
   * Makes the result of a draft. Throws DraftRefusedError where the draft can't be one (a patch that does not apply,
   * places that are not there): its words go back to the model in the next round. `context`: what the model was shown.
   */
  accept(draft: Draft, task: Task, tools: EngineTools, context: PackedContext): Promise<Result>
  /**
   * Looks at a result. Findings of severity "error" go back to the model while rounds are left; those that stay, and all
   * others, are shown beside the result.
   */
  readonly critics: readonly ((result: Result, task: Task, tools: EngineTools) => AsyncIterable<Finding>)[]
  /** What can be said without a model; where it is missing NO_MODEL is thrown. */
  withoutModel?(task: Task, tools: EngineTools): Promise<Result>
}

export interface RuleText {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly tokens: number
  /** Why it holds. */
  readonly reason: string
}

export interface RulesHeld {
  readonly rules: readonly RuleText[]
  /** Name of a model that they ask for, where the user has one of that name. */
  readonly model?: string | undefined
  readonly chunking?: ContextNeed["chunking"]
}

/** What engines work with: one project, for one call. */
export interface EngineTools {
  readonly root: string
  readonly index: CodeIndex
  readonly workspace: Workspace
  readonly models: Pick<Models, "call" | "hasModel" | "countTokens">
  /** Secrets are masked in everything that goes to a model, and put back in what it writes. */
  readonly masker: SecretMasker
  readonly gather: Gather
  readonly prompts: Prompts
  /** Rules that hold for these files and this task, in their order. */
  rulesFor(need: ContextNeed): Promise<RulesHeld>
  /** Holds files against the rules that can be checked: a broken hard rule is an error. */
  readonly rulesCritic: Critic<{ readonly path: string; readonly text: string }>
  readonly attribution: Attribution
  readonly signal: AbortSignal
  /** One line for whoever waits. */
  progress(phase: string, message: string): void
  /** A piece of the answer as it comes, of engines that write text. */
  said(piece: string): Promise<void>
}

/** What the pipeline gives. */
export interface EngineRun<Result> {
  readonly result: Result
  /** Who made it. "index": no model was asked, or none answered (see `problem`). */
  readonly madeBy: "model" | "index"
  /** "provider/model", where one made it. */
  readonly model: string | null
  readonly prompt: PromptVersion | null
  /** Of the last round: those that are not mended. */
  readonly findings: readonly Finding[]
  /** How often a draft went back to the model, and why. */
  readonly repairs: readonly string[]
  /** Why a model's answer was given up for the index's. */
  readonly problem: { readonly code: string; readonly message: string; readonly hint?: string | undefined } | null
  readonly context: PackedContext | null
  readonly inputTokens: number
  readonly outputTokens: number
  /** Null where a price is not known. */
  readonly costUsd: number | null
  readonly tookMs: number
}
