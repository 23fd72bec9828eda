import type { Committed, LogId, StreamId } from "../ports.ts"
import type { MemorySequencer } from "./memory-sequencer.ts"
import type { Engine } from "./network.ts"
import type { Schedule } from "./schedule.ts"

/** Sequencers that are wrong in ways real ones were. The simulator must catch each, or it proves nothing. */
export interface BrokenEngine {
  readonly what: string
  readonly breaks: "S1" | "S2" | "S3" | "S4"
  readonly actors: "writers" | "owners"
  engineOf(truth: MemorySequencer, schedule: Schedule): Engine
}

export const brokenEngines: readonly BrokenEngine[] = [
  {
    what: "acknowledges some commits that it does not store",
    breaks: "S1",
    actors: "writers",
    engineOf: (truth, { random }) => ({
      ...truth,
      place: (log, commit) =>
        random() < 0.1 ? { kind: "committed", pos: 1000, repeated: false } : truth.place(log, commit),
    }),
  },
  {
    what: "does not know a repeated commit again, and calls it a conflict",
    breaks: "S2",
    actors: "writers",
    engineOf: (truth) => ({
      ...truth,
      place(log, commit) {
        const answer = truth.place(log, commit)
        return answer.kind === "committed" && answer.repeated ? { kind: "conflict", head: answer.pos } : answer
      },
    }),
  },
  {
    what: "lets several writers win the same head, as NATS 2.9 does with replicas",
    breaks: "S2",
    actors: "writers",
    engineOf: (truth, { random }) => ({ ...truth, place: forgetful(truth, () => random() < 0.2) }),
  },
  {
    what: "takes a commit that it does not know again wherever the stream has got to",
    breaks: "S3",
    actors: "writers",
    engineOf: (truth) => ({ ...truth, place: forgetful(truth, () => true) }),
  },
  {
    what: "does not fence former owners",
    breaks: "S4",
    actors: "owners",
    engineOf: (truth, { random }) => ({ ...truth, place: forgetful(truth, () => random() < 0.3) }),
  },
]

/** Stores what conflicts as if it had not, under an id and a head that the sequencer takes. */
function forgetful(truth: MemorySequencer, forgets: () => boolean): Engine["place"] {
  return (log, commit) => {
    const answer = truth.place(log, commit)
    const isTaken = answer.kind === "committed" && !answer.repeated
    if (isTaken || !forgets()) return answer
    const pos = storeAnyway(truth, log, commit)
    return { kind: "committed", pos, repeated: false }
  }
}

function storeAnyway(truth: MemorySequencer, log: LogId, commit: Parameters<Engine["place"]>[1]): number {
  const stored = truth.store.scan(log, 0, 10_000)
  const head = headOf(stored, commit.stream)
  const free = `7${String(stored.length).padStart(25, "0")}`
  const answer = truth.place(log, { ...commit, id: free, expect: head })
  if (answer.kind !== "committed") throw new Error("the broken engine could not break")
  // The stored commit says what its writer sent.
  const last = truth.store.scan(log, answer.pos - 1, 1)[0] as { -readonly [Key in keyof Committed]: Committed[Key] }
  last.id = commit.id
  last.expect = commit.expect
  return answer.pos
}

const headOf = (stored: readonly Committed[], stream: StreamId) =>
  stored.findLast((commit) => commit.stream === stream)?.pos ?? 0
