import type { PromptOutcome } from "../../context/prompts/prompts.ts"
import type { Proposal } from "../../engines/proposal/proposal.ts"
import type { CommandContext } from "../context.ts"

type Made = Pick<PromptOutcome, "prompt" | "model">

/** The prompt that made what a command gives, by the call: what it proposes is kept with it. */
const made = new WeakMap<CommandContext, Made>()

export const noteMade = (context: CommandContext, { prompt, model }: Made): void =>
  void made.set(context, { prompt, model })

/** The proposal with the prompt of this call that a model answered, where one did. */
export function withPrompt(proposal: Proposal, context: CommandContext): Proposal {
  const found = proposal.madeBy === "model" ? made.get(context) : undefined
  return found ? { ...proposal, prompt: { ...found.prompt, model: found.model } } : proposal
}

/** Records an outcome in the log of the caller's project. A disk that refuses it does not spoil the answer. */
export async function recordOutcome(outcome: PromptOutcome, context: CommandContext): Promise<void> {
  const { promptRecord } = await import("../../context/prompts/record.ts")
  const { host, logger } = context
  const log = `project.${(await context.project()).id}` as const
  try {
    context.saw(log, await promptRecord(host.fabric(), host.clock).add(log, outcome))
  } catch (error) {
    logger.warn("the outcome of a prompt could not be recorded", { error, prompt: outcome.prompt.name })
  }
}

/** What a person did with a proposal, laid to the prompt that made it. */
export async function recordDecision(
  { prompt }: Pick<Proposal, "prompt">,
  outcome: "accepted" | "rejected",
  context: CommandContext,
): Promise<void> {
  if (!prompt) return
  const { model, ...version } = prompt
  await recordOutcome(
    { prompt: version, outcome, durationMs: 0, costUsd: null, model, user: context.actor.id },
    context,
  )
}
