import type { Clock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { appendSettled } from "../../fabric/append.ts"
import type { Commit, CommitId, Events, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { Logger } from "../../observe/log.ts"
import { type UsageEvent, usageLog, usageStreamOf } from "./events.ts"
import type { Journal, Page } from "./journal.ts"

/** Stores usage events without making anyone wait: many of them in one commit. */
export interface Recorder {
  /** The event is in the journal when it returns: it outlives a process that is killed. */
  note(event: UsageEvent): void
  /** Resolves, with the position of the last commit so far (0: none), when all that was noted is stored or given up. */
  flush(): Promise<Position>
  /** Stores what waits; nothing is taken after that. */
  close(): Promise<void>
}

/** What waits is in the journal, so that one fsync may serve all calls of a second. */
const gatherMs = 1_000
const retryMs = 5_000
const mostInCommit = 500
/** Beyond this many waiting for a disk that does not take them, events go into the log file only. */
const mostWaiting = 20_000

/** Events that become one commit. */
interface Batch {
  readonly id: CommitId
  readonly stream: string
  readonly events: UsageEvent[]
  readonly page: Page | undefined
  /** All of it is in the journal. */
  isKept: boolean
}

/** What a killed process left in the journal is stored first, with the next `flush` or `note`. */
export function usageRecorder({
  sequencer,
  node,
  journal,
  clock,
  logger,
}: {
  readonly sequencer: Sequencer
  readonly node: NodeId
  readonly journal: Journal
  readonly clock: Clock
  readonly logger: Logger
}): Recorder {
  const batches: Batch[] = leftBatches()
  /** The last of them, as long as it takes more events. */
  let open: Batch | undefined
  let last: Position = 0
  let storing: Promise<void> = Promise.resolve()
  let isGathering = false
  const closing = new AbortController()

  function leftBatches(): Batch[] {
    return journal.left().flatMap(({ id, events }) => {
      const [first] = events
      if (first)
        return [{ id, stream: usageStreamOf(first.data.at), events: [...events], page: undefined, isKept: true }]
      journal.forget(id)
      return []
    })
  }

  const gather = (ms: number) => {
    if (isGathering || closing.signal.aborted) return
    isGathering = true
    clock
      .sleep(ms, closing.signal)
      .catch(() => {})
      .then(() => {
        isGathering = false
        return closing.signal.aborted ? undefined : store()
      })
  }

  /** One after the other: two commits to one stream would fight for its head. */
  const store = (): Promise<void> => {
    storing = storing.then(storeAll)
    return storing
  }

  const storeAll = async () => {
    for (let batch = batches[0]; batch; batch = batches[0]) {
      if (batch === open) seal()
      try {
        last = await append(batch)
      } catch (error) {
        logger.error("usage could not be stored", { error, waiting: waiting() })
        gather(retryMs)
        return
      }
      batches.shift()
      journal.forget(batch.id)
    }
  }

  const append = async ({ id, stream, events: noted }: Batch): Promise<Position> => {
    const [first, ...rest] = noted.map((event) => ({ ...event, v: 1 }))
    if (!first) return last
    const events: Events = [first, ...rest]
    const meta = { actor: "models", node, epoch: 0, at: new Date(clock.now()).toISOString() }
    while (true) {
      const expect = await sequencer.head(usageLog, stream)
      const commit: Commit = { id, stream, expect, events, meta }
      const answer = await appendSettled(sequencer, usageLog, commit)
      if (answer.kind === "committed") return answer.pos
    }
  }

  const begin = (stream: string): Batch => {
    if (open) seal()
    const id = newId(clock.now())
    const page = pageOf(id)
    open = { id, stream, events: [], page, isKept: page !== undefined }
    batches.push(open)
    return open
  }
  const seal = () => {
    open?.page?.close()
    open = undefined
  }
  /** Without its page a batch still comes into the log, as long as this process lives. */
  const pageOf = (id: CommitId): Page | undefined => {
    try {
      return journal.page(id)
    } catch (error) {
      logger.error("the journal of usage can't be written", { error })
      return undefined
    }
  }
  const keep = (batch: Batch, event: UsageEvent) => {
    try {
      batch.page?.add(event)
    } catch (error) {
      if (batch.isKept) logger.error("the journal of usage can't be written", { error })
      batch.isKept = false
    }
  }
  const waiting = () => batches.reduce((sum, { events }) => sum + events.length, 0)

  return {
    note(event) {
      if (closing.signal.aborted || waiting() >= mostWaiting) {
        logger.error("usage is only in this line", { event })
        return
      }
      const stream = usageStreamOf(event.data.at)
      const batch = open && open.stream === stream && open.events.length < mostInCommit ? open : begin(stream)
      batch.events.push(event)
      keep(batch, event)
      gather(gatherMs)
    },
    async flush() {
      await store()
      return last
    },
    async close() {
      if (closing.signal.aborted) return storing
      closing.abort()
      await store()
      if (open) seal()
      for (const { events, isKept } of batches) {
        if (isKept) logger.error("usage is stored at the next start", { events: events.length })
        else for (const event of events) logger.error("usage is only in this line", { event })
      }
      batches.length = 0
    },
  }
}
