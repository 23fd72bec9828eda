import { z } from "zod"
import type { Committed, Epoch, Event, NodeId, NodeInfo } from "./ports.ts"

/** As the events `owner.*` tell it, which stand in the owned streams themselves: their deciders leave those aside. */
export interface StreamOwner {
  readonly node: NodeId
  readonly incarnation: string
  readonly epoch: Epoch
  /** It has given the stream up, perhaps in favour of a node. */
  readonly released?: { readonly prefer?: NodeId }
}

const claimed = z.object({ node: z.string(), incarnation: z.string() })
const released = z.object({ prefer: z.string().optional() })

export const claimEvent = ({ id, incarnation }: NodeInfo): Event => ({
  type: "owner.claimed",
  v: 1,
  data: { node: id, incarnation },
})

export const releaseEvent = (prefer: NodeId | undefined): Event => ({
  type: "owner.released",
  v: 1,
  data: prefer === undefined ? {} : { prefer },
})

export const isClaim = (commit: Committed): boolean => commit.events[0].type === "owner.claimed"

/** The owner by `claim`, of a stream whose last commit is `last`. */
export function claimOf(claim: Committed, last: Committed): StreamOwner | undefined {
  const who = isClaim(claim) ? claimed.safeParse(claim.events[0].data).data : undefined
  if (!who) return undefined
  const [event] = last.events
  const given = event.type === "owner.released" ? (released.safeParse(event.data).data ?? {}) : undefined
  return {
    ...who,
    epoch: claim.pos,
    ...(given ? { released: given.prefer === undefined ? {} : { prefer: given.prefer } } : {}),
  }
}
