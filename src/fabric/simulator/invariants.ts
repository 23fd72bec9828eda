import { isClaim } from "../owner-events.ts"
import type { Committed, LogId } from "../ports.ts"
import type { Told } from "./network.ts"

/** A statement of the fabric's semantics that a history contradicts. */
export interface Violation {
  readonly statement: "dense" | "S1" | "S2" | "S3" | "S4"
  readonly what: string
}

/** Holds what is stored, and what writers were told, against the statements S1 to S4. */
export function violations(log: LogId, stored: readonly Committed[], told: readonly Told[]): Violation[] {
  const found: Violation[] = []
  const byId = new Map<string, Committed>()
  const followers = new Map<string, Committed>()
  const claims = new Map<string, number>()

  stored.forEach((commit, index) => {
    const { id, stream, expect, pos, meta } = commit
    if (pos !== index + 1) found.push({ statement: "dense", what: `position ${pos} stands at ${index + 1}` })
    const twin = byId.get(id)
    if (twin) found.push({ statement: "S3", what: `${id} is stored at ${twin.pos} and at ${pos}` })
    byId.set(id, commit)
    const rival = followers.get(`${stream}@${expect}`)
    if (rival) found.push({ statement: "S2", what: `${rival.pos} and ${pos} both follow ${expect} in ${stream}` })
    followers.set(`${stream}@${expect}`, commit)
    const claim = claims.get(stream)
    if (isClaim(commit)) claims.set(stream, pos)
    else if (meta.epoch !== (claim ?? 0))
      found.push({ statement: "S4", what: `${pos} in ${stream} has epoch ${meta.epoch} after the claim ${claim}` })
  })

  for (const { commit, answer } of told.filter((said) => said.log === log)) {
    const there = byId.get(commit.id)
    if (answer.kind === "conflict" && there)
      found.push({ statement: "S2", what: `${commit.id} was refused and is stored at ${there.pos}` })
    if (answer.kind === "committed" && there?.pos !== answer.pos)
      found.push({ statement: "S1", what: `${commit.id} was committed at ${answer.pos} and is at ${there?.pos}` })
  }
  return found
}
