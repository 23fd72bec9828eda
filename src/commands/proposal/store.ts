import type { Proposal } from "../../engines/proposal/proposal.ts"
import type { Proposals } from "../../engines/proposal/proposals.ts"
import type { Checkpoint } from "../../workspace/checkpoints/checkpoints.ts"
import { withCheckpoints } from "../checkpoint-project.ts"
import type { CommandContext } from "../context.ts"
import { recordDecision, withPrompt } from "../prompt/outcomes.ts"
import { workspaceOf } from "../workspace-of.ts"

export async function proposalsOf({ host, project }: CommandContext): Promise<Proposals> {
  const { openProposals } = await import("../../engines/proposal/proposals.ts")
  return openProposals({ projectId: (await project()).id, fabric: host.fabric(), clock: host.clock })
}

export async function keepProposal(proposal: Proposal, context: CommandContext): Promise<void> {
  const proposals = await proposalsOf(context)
  context.saw(proposals.log, await proposals.keep(withPrompt(proposal, context), context.actor.id))
}

export interface Applied {
  readonly paths: readonly string[]
  /** Of the files as they were before. */
  readonly before: Checkpoint
}

/** Writes a kept proposal, or its chosen hunks, between two checkpoints: one step that `checkpoint undo` takes back. */
export async function applyProposal(
  name: string,
  hunks: readonly number[] | undefined,
  context: CommandContext,
): Promise<Applied> {
  const [proposals, workspace] = await Promise.all([proposalsOf(context), workspaceOf(context)])
  const proposal = await proposals.read(name)
  const { id, title } = proposal
  const turn = `proposal-${id}`
  const actor = context.actor.id
  return withCheckpoints(context, async (checkpoints) => {
    const before = await checkpoints.create(title, { actor, turn: { id: turn, at: "start" }, signal: context.signal })
    try {
      const { paths, position } = await proposals.apply(id, { workspace, actor, hunks })
      context.saw(proposals.log, position)
      await recordDecision(proposal, "accepted", context)
      return { paths, before }
    } finally {
      await checkpoints.create(title, { actor, turn: { id: turn, at: "end" } })
    }
  })
}
