import { TimeoutError } from "../../base/errors.ts"
import type { Append, Commit, LogId, Sequencer, Settled } from "../ports.ts"
import type { MemorySequencer, MemoryStore } from "./memory-sequencer.ts"
import type { Schedule } from "./schedule.ts"

/** What decides, once a message has arrived. The simulator tries right and wrong ones. */
export type Engine = Pick<MemorySequencer, "place"> & Pick<Sequencer, "head" | "end" | "follow" | "trim" | "drop">

/** How often things go wrong, 0 to 1. */
export interface Faults {
  /** A message never arrives. */
  readonly lost: number
  /** It arrives twice, the second time at any later moment. */
  readonly doubled: number
  /** It arrives, and the answer does not. */
  readonly unheard: number
  /** The sender gives up waiting, and it arrives afterwards. */
  readonly late: number
}

/** What writers were told, for the invariants. */
export interface Told {
  readonly log: LogId
  readonly commit: Commit
  readonly answer: Settled
}

export interface SimulatedNode {
  readonly sequencer: Sequencer
  /** The node's own copy, which lags behind. */
  readonly store: MemoryStore
  /** From now on nothing that the node asked for is answered; what it sent may still arrive. */
  crash(): void
}

/** A node's way to the engine: every message takes its time, and some go wrong. */
export function simulatedNode({
  schedule,
  engine,
  truth,
  faults,
  told,
}: {
  readonly schedule: Schedule
  readonly engine: Engine
  readonly truth: MemorySequencer
  readonly faults: Faults
  readonly told: Told[]
}): SimulatedNode {
  let hasCrashed = false
  const chance = (probability: number) => schedule.random() < probability
  const forever = new Promise<never>(() => {})

  async function roundTrip<T>(answer: () => T | Promise<T>): Promise<T> {
    await schedule.later()
    const result = await answer()
    await schedule.later()
    return hasCrashed ? forever : result
  }

  async function append(log: LogId, commit: Commit): Promise<Append> {
    if (hasCrashed) return forever
    if (chance(faults.lost)) {
      await schedule.later()
      return hasCrashed ? forever : { kind: "unknown" }
    }
    if (chance(faults.doubled)) schedule.at(() => engine.place(log, commit))
    if (chance(faults.late)) {
      schedule.at(() => engine.place(log, commit))
      await schedule.later()
      return hasCrashed ? forever : { kind: "unknown" }
    }
    const isUnheard = chance(faults.unheard)
    const answer = await roundTrip(() => engine.place(log, commit))
    if (isUnheard) return { kind: "unknown" }
    told.push({ log, commit, answer })
    return answer
  }

  let visible = 0
  async function see(log: LogId): Promise<number> {
    visible = Math.max(visible, Math.floor(schedule.random() * ((await truth.end(log)) + 1)))
    return visible
  }

  return {
    crash() {
      hasCrashed = true
    },
    sequencer: {
      promise: { ack: "volatile", replicas: 1 },
      append,
      async settle(log, commit) {
        for (let tries = 0; tries < 12; tries++) {
          const answer = await append(log, commit)
          if (answer.kind !== "unknown") return answer
        }
        throw new TimeoutError("Settling", 0)
      },
      head: (log, stream) => roundTrip(() => engine.head(log, stream)),
      end: (log) => roundTrip(() => engine.end(log)),
      follow: (log, after, sink) =>
        engine.follow(log, after, async (batch) => {
          await schedule.later()
          if (!hasCrashed) await sink(batch)
        }),
      trim: (log, upTo, seal) => engine.trim(log, upTo, seal),
      drop: (log) => engine.drop(log),
    },
    store: {
      scan: (log, after, limit) => truth.store.scan(log, after, Math.max(0, Math.min(limit, visible - after))),
      *stream(log, stream, after) {
        for (const commit of truth.store.stream(log, stream, after)) if (commit.pos <= visible) yield commit
      },
      async reached(log, pos) {
        for (let tries = 0; tries < 8; tries++) {
          if ((await see(log)) >= pos) return true
          await schedule.later()
        }
        visible = Math.max(visible, await truth.end(log))
        return visible >= pos
      },
    },
  }
}
