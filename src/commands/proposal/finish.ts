import type { Proposal } from "../../engines/proposal/proposal.ts"
import type { CommandContext } from "../context.ts"
import type { ProposalAnswer } from "./shapes.ts"
import { applyProposal, keepProposal } from "./store.ts"

/** What becomes of a new proposal by the flags of its command: shown, kept, or kept and written. */
export async function finishProposal(
  proposal: Proposal,
  { apply, dryRun }: { readonly apply: boolean; readonly dryRun: boolean },
  context: CommandContext,
): Promise<ProposalAnswer> {
  if (dryRun) return { proposal, state: "shown", before: null }
  await keepProposal(proposal, context)
  if (!apply) return { proposal, state: "open", before: null }
  const { before } = await applyProposal(proposal.id, undefined, context)
  return { proposal, state: "applied", before: before.number }
}
