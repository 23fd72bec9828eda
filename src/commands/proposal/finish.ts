import { InvalidInputError } from "../../base/errors.ts"
import type { Proposal } from "../../engines/proposal/proposal.ts"
import type { CommandContext } from "../context.ts"
import type { ProposalAnswer } from "./shapes.ts"
import { applyProposal, keepProposal } from "./store.ts"

/**
 * What becomes of a new proposal by the flags of its command: shown, kept, asked about, or kept and written. One with errors
 * is kept and not written, nor is one that `heldBecause` speaks against.
 */
export async function finishProposal(
  proposal: Proposal,
  { apply, dryRun, interactive }: Readonly<Record<"apply" | "dryRun" | "interactive", boolean>>,
  context: CommandContext,
  { heldBecause = null }: { readonly heldBecause?: string | null } = {},
): Promise<ProposalAnswer> {
  if (Number(apply) + Number(dryRun) + Number(interactive) > 1)
    throw new InvalidInputError({ message: "Only one of --apply, --interactive and --dry-run can be given." })
  if (dryRun) return { proposal, state: "shown", before: null, asks: false, held: null }
  await keepProposal(proposal, context)
  const error = proposal.findings.find(({ severity }) => severity === "error")
  const held = apply ? (error?.message ?? heldBecause) : null
  if (!apply || held !== null) return { proposal, state: "open", before: null, asks: interactive, held }
  const { before } = await applyProposal(proposal.id, undefined, context)
  return { proposal, state: "applied", before: before.number, asks: false, held: null }
}
