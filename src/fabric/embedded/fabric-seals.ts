import type { KeyObject } from "node:crypto"
import type { Clock } from "../../base/clock.ts"
import { DuckError, InvalidInputError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import type { Logger } from "../../observe/log.ts"
import { appendSettled } from "../append.ts"
import { logDropped, readSeal, sealEvent, sealStream } from "../chain-seal.ts"
import type { Commit, Committed, Event, LogId, LogStore, NodeId, Sequencer, StreamId } from "../ports.ts"

export interface Seals {
  /** Signs the log as it is now; the last seal when nothing has been added since, undefined for an empty log. */
  seal(log: LogId): Promise<Committed | undefined>
  /** Seals every log that has grown. */
  sealAll(): Promise<void>
  /** Drops a log, and writes down that its seals are of a log that is no more. */
  drop(log: LogId, actor: string): Promise<void>
  close(): Promise<void>
}

export interface SealsOptions {
  readonly sequencer: Sequencer
  readonly store: LogStore
  readonly key: KeyObject
  readonly node: NodeId
  readonly clock: Clock
  readonly logger: Logger
  readonly everyMs?: number
  /** Called after each round of sealing. */
  readonly sealed?: () => void
}

/** Seals every log that has grown, once in `everyMs` (an hour) and at the end. */
export function startSeals({
  sequencer,
  store,
  key,
  node,
  clock,
  logger,
  everyMs = 3_600_000,
  sealed = () => {},
}: SealsOptions): Seals {
  const closing = new AbortController()

  const lastIn = (stream: StreamId) => [...store.stream("core", stream)].at(-1)

  async function seal(log: LogId): Promise<Committed | undefined> {
    const { pos, hash } = store.tip(log)
    if (pos === 0) return undefined
    const last = lastIn(sealStream(log))
    const isCovered =
      log === "core" ? last?.pos === pos : last && readSeal(last.events[0])?.hash === Buffer.from(hash).toString("hex")
    return isCovered ? last : append(log, "system", sealEvent({ log, hash, key }))
  }

  async function append(log: LogId, actor: string, event: Event): Promise<Committed> {
    const stream = sealStream(log)
    const commit: Commit = {
      id: newId(clock.now()),
      stream,
      expect: await sequencer.head("core", stream),
      events: [event],
      meta: { actor, node, epoch: 0, at: new Date(clock.now()).toISOString() },
    }
    const settled = await appendSettled(sequencer, "core", commit)
    if (settled.kind === "committed") return { ...commit, log: "core", pos: settled.pos }
    throw new DuckError({ code: "SEAL_LOST_RACE", message: `Another seal of ${log} was faster.`, status: 409 })
  }

  async function sealAll() {
    // The core log holds the seals of the others, so its own comes last.
    for (const log of [...store.logs().filter((log) => log !== "core"), "core"])
      await seal(log).catch((error: unknown) => logger.error("A log could not be sealed.", { log, error }))
    sealed()
  }

  const running = (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(everyMs, closing.signal)
      await sealAll()
    }
  })().catch(() => {})

  return {
    seal,
    sealAll,
    async drop(log, actor) {
      if (log === "core") throw new InvalidInputError({ message: "The core log can't be dropped." })
      await append(log, actor, { type: logDropped, v: 1, data: { log } })
      await sequencer.drop(log)
    },
    async close() {
      closing.abort()
      await running
      await sealAll()
    },
  }
}
