import { type Clock, systemClock } from "../base/clock.ts"
import type { Lease, Leases, Members, NodeId, NodeInfo } from "./ports.ts"

/** One start of one node's process: what owners and workers write down as who they are. */
export interface Incarnation {
  readonly self: NodeInfo
  /**
   * Does that incarnation hold its lease, and is not known to be silent or replaced? No promise about what it may still
   * do: only a fence stops a former owner.
   */
  isAlive(node: NodeId, incarnation: string): Promise<boolean>
  close(): Promise<void>
}

export const incarnationTtlMs = 20_000
/** Time enough to answer a question that nobody should notice. */
const probeTtlMs = 1_000

export interface IncarnationOptions {
  readonly self: NodeInfo
  readonly leases: Leases
  readonly members: Members
  readonly clock?: Clock
}

/**
 * Holds the one lease that stands for everything this process owns, and takes it again should it ever be lost (a machine
 * that slept): losing it says only that others may take over, not that they have.
 */
export async function holdIncarnation({
  self,
  leases,
  members,
  clock = systemClock,
}: IncarnationOptions): Promise<Incarnation> {
  const closing = new AbortController()
  let lease = await takeOwn()
  const keeping = keep()

  async function takeOwn(): Promise<Lease | undefined> {
    while (!closing.signal.aborted) {
      const answer = await leases.take(keyOf(self.incarnation), incarnationTtlMs, self.id)
      if ("token" in answer) return answer
      // Someone is just asking whether this incarnation lives.
      await clock.sleep(probeTtlMs / 4, closing.signal)
    }
    return undefined
  }

  async function keep() {
    while (lease && !closing.signal.aborted) {
      await fired(lease.lost, closing.signal)
      if (!closing.signal.aborted) lease = await takeOwn()
    }
  }

  return {
    self,
    async isAlive(node, incarnation) {
      if (incarnation === self.incarnation) return true
      const seen = members.list().find((view) => view.id === node)
      if (seen && (seen.incarnation !== incarnation || seen.state !== "alive")) return false
      const answer = await leases.take(keyOf(incarnation), probeTtlMs, `asked by ${self.id}`)
      if ("holder" in answer) return answer.holder === node
      await answer.release()
      return false
    },
    async close() {
      closing.abort()
      // Taking the lease may have been cut short, which is what was wanted.
      await keeping.catch(() => {})
      await lease?.release()
    },
  }
}

const keyOf = (incarnation: string) => `incarnation.${incarnation}`

function fired(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals])
  return new Promise((resolve) => {
    if (any.aborted) resolve()
    else any.addEventListener("abort", () => resolve(), { once: true })
  })
}
