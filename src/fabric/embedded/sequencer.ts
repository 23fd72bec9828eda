import { type Clock, systemClock } from "../../base/clock.ts"
import { DuckError, InvalidInputError, TimeoutError, UnavailableError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { checkedCommit } from "../chain.ts"
import { readSeal, sealHolds } from "../chain-seal.ts"
import { LogUnavailableError } from "../errors.ts"
import type { Append, AppendOptions, LogId, Sequencer, Settled } from "../ports.ts"
import { type Encoded, type LogTable, WriteFailed } from "./sqlite-log.ts"
import type { Synchronous } from "./sqlite-open.ts"
import { followTable } from "./store-follow.ts"
import type { LogTables } from "./store-tables.ts"

/** One transaction takes no more than this, so that the event loop is never held for long. */
const maxGroup = 256
const maxGroupChars = 4_000_000

interface Waiting extends Encoded {
  readonly deadlineMs: number
  readonly deadlineAtMs: number
  resolve: (answer: Append) => void
  reject: (error: unknown) => void
}

export interface EmbeddedSequencer extends Sequencer {
  /** Resolves when nothing is waiting any more. Appends after that are refused. */
  close(): Promise<void>
}

/**
 * The order of every log of this data folder, decided by SQLite. Appends that arrive in one turn of the event loop go
 * into one transaction (group commit) and are answered after its COMMIT, which is on stable storage.
 *
 * An append that rejects was not stored and never will be: bad input, aborted or past its deadline before its group
 * began, the disk refused before the COMMIT. `unknown` is answered only where the COMMIT itself failed. A group runs to
 * its end without giving way, so that an abort can't fall into it.
 */
export function embeddedSequencer({
  tables,
  clock = systemClock,
  synchronous = "FULL",
}: {
  readonly tables: LogTables
  readonly clock?: Clock
  /** As the tables were opened with. */
  readonly synchronous?: Synchronous
}): EmbeddedSequencer {
  const queues = new Map<LogId, Waiting[]>()
  let isClosed = false
  let idle = Promise.withResolvers<void>()

  function flush(log: LogId) {
    const queue = queues.get(log)
    if (!queue) return
    const group = takeGroup(queue)
    if (queue.length > 0) setImmediate(flush, log)
    else queues.delete(log)
    try {
      if (group.length > 0) write(log, group)
    } finally {
      if (queues.size === 0) {
        idle.resolve()
        idle = Promise.withResolvers<void>()
      }
    }
  }

  function takeGroup(queue: Waiting[]): Waiting[] {
    const group: Waiting[] = []
    let chars = 0
    let taken = 0
    for (const waiting of queue) {
      if (group.length >= maxGroup || (chars > 0 && chars + waiting.text.length > maxGroupChars)) break
      taken++
      if (waiting.deadlineMs !== Number.POSITIVE_INFINITY && waiting.deadlineAtMs < clock.now())
        waiting.reject(new TimeoutError("The append", waiting.deadlineMs))
      else {
        group.push(waiting)
        chars += waiting.text.length
      }
    }
    queue.splice(0, taken)
    return group
  }

  function write(log: LogId, group: readonly Waiting[]) {
    let answers: (Append | InvalidInputError)[]
    try {
      answers = tables.write(log, (table) => group.map((commit) => place(table, commit)))
    } catch (error) {
      const isUnknown = error instanceof WriteFailed && error.maybeStored
      for (const waiting of group)
        if (isUnknown) waiting.resolve({ kind: "unknown" })
        else waiting.reject(error instanceof DuckError ? error : new LogUnavailableError(log, error))
      return
    }
    group.forEach((waiting, index) => {
      const answer = answers[index]
      if (answer instanceof InvalidInputError) waiting.reject(answer)
      else if (answer) waiting.resolve(answer)
    })
    tables.changed(log)
  }

  const sequencer: EmbeddedSequencer = {
    promise: { ack: synchronous === "FULL" ? "local-fsync" : "volatile", replicas: 1 },

    append(log, commit, { deadlineMs = Number.POSITIVE_INFINITY, signal }: AppendOptions = {}) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw new UnavailableError({ code: "FABRIC_CLOSED", message: "The data folder is being closed." })
        if (signal?.aborted) throw abortReason(signal)
        const text = checkedCommit(log, commit)
        const { id, stream, expect } = commit
        const waiting: Waiting = {
          id,
          stream,
          expect,
          text,
          deadlineMs,
          deadlineAtMs: deadlineMs === Number.POSITIVE_INFINITY ? deadlineMs : clock.now() + deadlineMs,
          resolve,
          reject,
        }
        const queue = queues.get(log)
        if (queue) queue.push(waiting)
        else {
          queues.set(log, [waiting])
          setImmediate(flush, log)
        }
        if (signal) withdrawOn(signal, log, waiting)
      })
    },

    async settle(log, commit, { deadlineMs = 10_000 } = {}): Promise<Settled> {
      const untilMs = clock.now() + deadlineMs
      while (true) {
        const answer = await sequencer.append(log, commit).catch((error: unknown) => {
          // Says that this try stored nothing, not that the one before did not.
          if (error instanceof LogUnavailableError) return { kind: "unknown" as const }
          throw error
        })
        if (answer.kind !== "unknown") return answer
        if (clock.now() >= untilMs) throw new TimeoutError("Settling an append", deadlineMs)
        await clock.sleep(50)
      }
    },

    head: async (log, stream) => tables.find(log)?.head(stream) ?? 0,
    end: async (log) => tables.find(log)?.end() ?? 0,
    follow: (log, after, sink) => followTable(tables, log, after, sink),
    async trim(log, upTo, seal) {
      const table = tables.find(log)
      const hash = table?.hashAt(upTo)
      const sealed = readSeal(seal.events[0])
      const isStored = tables.find(seal.log)?.at(seal.pos)?.id === seal.id
      const isOfThis = hash && sealed?.log === log && sealed.hash === Buffer.from(hash).toString("hex")
      if (!table || !isStored || !isOfThis || !sealHolds(sealed))
        throw new InvalidInputError({
          code: "SEAL_DOES_NOT_VOUCH",
          message: `The seal ${seal.id} does not vouch for ${log} up to ${upTo}.`,
          hint: "Seal the log first, and trim up to the position that was sealed.",
        })
      table.trim(upTo)
    },
    async drop(log) {
      // What was appended before is answered before; what comes after begins a new log.
      while (queues.has(log)) flush(log)
      tables.drop(log)
    },
    async close() {
      isClosed = true
      if (queues.size > 0) await idle.promise
    },
  }
  return sequencer

  /** Takes an append out of the queue when its signal fires; once its group runs there is nothing to take out. */
  function withdrawOn(signal: AbortSignal, log: LogId, waiting: Waiting) {
    const { resolve, reject } = waiting
    const withdraw = () => {
      const queue = queues.get(log)
      const index = queue?.indexOf(waiting) ?? -1
      if (index < 0) return
      queue?.splice(index, 1)
      reject(abortReason(signal))
    }
    signal.addEventListener("abort", withdraw, { once: true })
    const done = () => signal.removeEventListener("abort", withdraw)
    waiting.resolve = (answer) => {
      done()
      resolve(answer)
    }
    waiting.reject = (error) => {
      done()
      reject(error)
    }
  }
}

/** Decides one commit within the group's transaction, after those before it. */
function place(table: LogTable, commit: Encoded): Append | InvalidInputError {
  const head = table.head(commit.stream)
  const added = head === commit.expect ? table.add(commit) : undefined
  if (added !== undefined) return { kind: "committed", pos: added, repeated: false }
  const pos = table.placeOf(commit.id)
  if (pos === undefined) return { kind: "conflict", head }
  const stored = table.at(pos)
  if (stored && stored.stream !== commit.stream)
    return new InvalidInputError({
      code: "COMMIT_ID_REUSED",
      message: `The commit id ${commit.id} belongs to a commit of ${stored.stream}.`,
      hint: "Make a new id for each commit; only a retry of the same commit keeps it.",
    })
  return { kind: "committed", pos, repeated: true }
}
