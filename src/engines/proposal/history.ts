import { z } from "zod"
import { DuckError, NotFoundError } from "../../base/errors.ts"
import { decider } from "../../fabric/decider.ts"
import type { Event } from "../../fabric/ports.ts"
import { ProposedFile } from "./proposal.ts"

const made = z.object({
  id: z.string(),
  engine: z.string(),
  title: z.string(),
  files: z.array(ProposedFile),
  madeBy: z.enum(["model", "index"]),
  /** Blob with the whole proposal as JSON. */
  blob: z.string(),
  by: z.string(),
  at: z.string(),
})
export type ProposalMade = z.infer<typeof made>

const applied = z.object({
  id: z.string(),
  /** Numbers of the hunks that were taken; null: all. */
  hunks: z.array(z.int()).nullable(),
  paths: z.array(z.string()),
  by: z.string(),
  at: z.string(),
})
const discarded = z.object({ id: z.string(), by: z.string(), at: z.string() })

const dataOf = { "proposal.made": made, "proposal.applied": applied, "proposal.discarded": discarded } as const
type Type = keyof typeof dataOf
export type ProposalEvent = {
  [T in Type]: { readonly type: T; readonly v: number; readonly data: z.infer<(typeof dataOf)[T]> }
}[Type]

export interface ProposalSummary extends ProposalMade {
  readonly state: "open" | "applied" | "partly applied" | "discarded"
}

/** Open ones and the newest of the others; what is older is in the log, and not in this list. */
const mostKept = 500

export type ProposalCommand = ProposalEvent

/** The proposals of one project, the oldest first. */
export const proposalsDecider = decider<ProposalCommand, readonly ProposalSummary[], ProposalEvent>({
  initial: [],
  decide(command, proposals) {
    if (command.type === "proposal.made") return [command]
    mustBeOpen(theProposal(proposals, command.data.id))
    return [command]
  },
  evolve(proposals, event) {
    const change = (state: ProposalSummary["state"]) =>
      proposals.map((one) => (one.id === event.data.id ? { ...one, state } : one))
    switch (event.type) {
      case "proposal.made":
        return [...proposals, { ...event.data, state: "open" as const }].slice(-mostKept)
      case "proposal.applied":
        return change(event.data.hunks === null ? "applied" : "partly applied")
      case "proposal.discarded":
        return change("discarded")
    }
  },
})

/** By its id or the end of it, which must be of one alone; "last" is the newest. Throws NO_PROPOSAL, AMBIGUOUS. */
export function theProposal(proposals: readonly ProposalSummary[], name: string): ProposalSummary {
  const fitting = name === "last" ? proposals.slice(-1) : proposals.filter(({ id }) => id.endsWith(name.toUpperCase()))
  const [first, second] = fitting
  if (first && !second && name !== "") return first
  if (proposals.length === 0) {
    throw new NotFoundError({
      code: "NO_PROPOSAL",
      message: "No change has been proposed here yet.",
      hint: "`duck refactor`, `duck generate`, `duck test` and `duck analyze --fix` propose changes.",
    })
  }
  throw new NotFoundError({
    code: first && name !== "" ? "AMBIGUOUS" : "NO_PROPOSAL",
    message:
      first && name !== "" ? `Several proposals end in ${name}.` : `There is no proposal ${name || "without a name"}.`,
    hint: "`duck proposals list` names them.",
  })
}

/** Throws PROPOSAL_CLOSED. */
export function mustBeOpen({ id, state }: Pick<ProposalSummary, "id" | "state">): void {
  if (state === "open") return
  throw new DuckError({
    code: "PROPOSAL_CLOSED",
    message: `The proposal ${id} is ${state} already.`,
    hint: state === "discarded" ? "Ask for it again." : "`duck checkpoint undo` takes it back.",
    status: 409,
  })
}

/** Throws EVENT_UNKNOWN for one that this version does not know. */
export function parseProposalEvent({ type, v, data }: Event): ProposalEvent {
  if (Object.hasOwn(dataOf, type) && v === 1) {
    const read = dataOf[type as Type].safeParse(data)
    // The schema is the one of the type.
    if (read.success) return { type, v, data: read.data } as ProposalEvent
  }
  throw new DuckError({
    code: "EVENT_UNKNOWN",
    message: `The proposals have an event ${type} of version ${v} that this version can't read.`,
    hint: "It was written by another version of RubberDuck: bring this node to the version of the others.",
  })
}
