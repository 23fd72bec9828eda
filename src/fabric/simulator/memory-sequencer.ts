import { InvalidInputError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { chainHash, checkedCommit, decodeCommit, genesis } from "../chain.ts"
import { readSeal, sealHolds } from "../chain-seal.ts"
import { LogSuspectError, LogTrimmedError } from "../errors.ts"
import type {
  Append,
  AppendOptions,
  Commit,
  Committed,
  Following,
  Head,
  LogId,
  LogStore,
  Position,
  Sequencer,
  Settled,
  StreamId,
} from "../ports.ts"

interface MemoryLog {
  readonly commits: (Committed | undefined)[]
  readonly hashes: Uint8Array[]
  readonly heads: Map<StreamId, Head>
  readonly places: Map<string, Position>
  trimmedTo: Head
}

/** The part of a store that its readers need where there is no disk. */
export type MemoryStore = Pick<LogStore, "scan" | "stream" | "reached">

export interface MemorySequencer extends Sequencer {
  readonly store: MemoryStore
  /** What decides, at once: the simulator puts its faults around it. */
  place(log: LogId, commit: Commit): Settled
}

/**
 * Orders commits in memory, with the same answers as an engine on disk and nothing kept. It is what the simulator
 * breaks, and the shortest statement of what a sequencer does.
 */
export function memorySequencer(): MemorySequencer {
  const logs = new Map<LogId, MemoryLog>()
  const waiters = new Set<() => void>()

  const endOf = (log: LogId) => logs.get(log)?.commits.length ?? 0
  const changed = () => {
    for (const wake of [...waiters]) wake()
  }
  const nextChange = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    waiters.add(resolve)
    return promise.then(() => void waiters.delete(resolve))
  }

  function place(log: LogId, commit: Commit): Settled {
    const text = checkedCommit(log, commit)
    const found = logs.get(log) ?? makeLog()
    const known = found.places.get(commit.id)
    if (known !== undefined) {
      const stored = found.commits[known - 1]
      if (stored && stored.stream !== commit.stream)
        throw new InvalidInputError({ code: "COMMIT_ID_REUSED", message: `${commit.id} is in ${stored.stream}.` })
      return { kind: "committed", pos: known, repeated: true }
    }
    const head = found.heads.get(commit.stream) ?? 0
    if (head !== commit.expect) return { kind: "conflict", head }
    const pos = found.commits.length + 1
    found.commits.push(decodeCommit(log, pos, text))
    found.hashes.push(chainHash(found.hashes.at(-1) ?? genesis, text))
    found.heads.set(commit.stream, pos)
    found.places.set(commit.id, pos)
    logs.set(log, found)
    changed()
    return { kind: "committed", pos, repeated: false }
  }

  function scan(log: LogId, after: Head, limit: number): Committed[] {
    const page = logs.get(log)?.commits.slice(after, after + limit) ?? []
    return page.filter((commit) => commit !== undefined)
  }

  function follow(log: LogId, after: Head, sink: (batch: readonly Committed[]) => Promise<void>): Following {
    const { promise: done, reject } = Promise.withResolvers<never>()
    done.catch(() => {})
    let at = after
    let isStopped = false
    let followed: MemoryLog | undefined
    let wake = () => {}
    const running = (async () => {
      while (!isStopped) {
        const grown = nextChange()
        const stopped = new Promise<void>((resolve) => {
          wake = resolve
        })
        const found = logs.get(log)
        followed ??= found
        if (at > endOf(log) || found !== followed) throw new LogSuspectError(log, at, "regression")
        if (found && at < found.trimmedTo) throw new LogTrimmedError(log, at, found.trimmedTo)
        const batch = scan(log, at, 64)
        const last = batch.at(-1)
        if (last) {
          await sink(batch)
          at = last.pos
        } else await Promise.race([grown, stopped])
      }
    })().catch(reject)
    return {
      done,
      async stop() {
        isStopped = true
        wake()
        await running
      },
    }
  }

  return {
    promise: { ack: "volatile", replicas: 1 },
    place,
    store: {
      scan,
      *stream(log, stream, after = 0) {
        for (const commit of logs.get(log)?.commits ?? [])
          if (commit?.stream === stream && commit.pos > after) yield commit
      },
      async reached(log, pos) {
        return endOf(log) >= pos
      },
    },
    async append(log, commit, { signal }: AppendOptions = {}): Promise<Append> {
      if (signal?.aborted) throw abortReason(signal)
      return place(log, commit)
    },
    settle: async (log, commit) => place(log, commit),
    head: async (log, stream) => logs.get(log)?.heads.get(stream) ?? 0,
    end: async (log) => endOf(log),
    follow,
    async trim(log, upTo, seal) {
      const found = logs.get(log)
      const hash = found?.hashes[upTo - 1]
      const sealed = readSeal(seal.events[0])
      const isStored = logs.get(seal.log)?.places.get(seal.id) === seal.pos
      const isOfThis = hash && sealed?.log === log && sealed.hash === Buffer.from(hash).toString("hex")
      if (!found || !isStored || !isOfThis || !sealHolds(sealed))
        throw new InvalidInputError({ code: "SEAL_DOES_NOT_VOUCH", message: `${seal.id} does not vouch for ${log}.` })
      found.trimmedTo = Math.max(found.trimmedTo, upTo)
      found.commits.fill(undefined, 0, upTo)
    },
    async drop(log) {
      logs.delete(log)
      changed()
    },
  }
}

const makeLog = (): MemoryLog => ({ commits: [], hashes: [], heads: new Map(), places: new Map(), trimmedTo: 0 })
