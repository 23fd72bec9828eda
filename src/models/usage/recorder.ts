import type { Clock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { appendSettled } from "../../fabric/append.ts"
import type { Commit, Events, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { Logger } from "../../observe/log.ts"
import { type UsageEvent, usageLog, usageStreamOf } from "./events.ts"

/** Stores usage events without making anyone wait: many of them in one commit. */
export interface Recorder {
  note(event: UsageEvent): void
  /** Resolves, with the position of the last commit so far (0: none), when all that was noted is stored or given up. */
  flush(): Promise<Position>
  /** Stores what waits; nothing is taken after that. */
  close(): Promise<void>
}

const gatherMs = 100
const retryMs = 5_000
const mostInCommit = 200
/** Beyond this many waiting for a disk that does not take them, events go into the log file only. */
const mostWaiting = 20_000

export function usageRecorder({
  sequencer,
  node,
  clock,
  logger,
}: {
  readonly sequencer: Sequencer
  readonly node: NodeId
  readonly clock: Clock
  readonly logger: Logger
}): Recorder {
  let waiting: UsageEvent[] = []
  let last: Position = 0
  let storing: Promise<void> = Promise.resolve()
  let isGathering = false
  const closing = new AbortController()

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
    while (waiting.length > 0) {
      const batch = nextBatch(waiting)
      waiting = waiting.slice(batch.length)
      try {
        last = await append(batch)
      } catch (error) {
        waiting = [...batch, ...waiting]
        logger.error("usage could not be stored", { error, waiting: waiting.length })
        gather(retryMs)
        return
      }
    }
  }

  const append = async (batch: readonly UsageEvent[]): Promise<Position> => {
    const [first, ...rest] = batch.map((event) => ({ ...event, v: 1 }))
    if (!first) return last
    const stream = usageStreamOf(first.data.at)
    const events: Events = [first, ...rest]
    const now = clock.now()
    const meta = { actor: "models", node, epoch: 0, at: new Date(now).toISOString() }
    const id = newId(now)
    while (true) {
      const expect = await sequencer.head(usageLog, stream)
      const commit: Commit = { id, stream, expect, events, meta }
      const answer = await appendSettled(sequencer, usageLog, commit)
      if (answer.kind === "committed") return answer.pos
    }
  }

  return {
    note(event) {
      if (closing.signal.aborted || waiting.length >= mostWaiting) {
        logger.error("usage is only in this line", { event })
        return
      }
      waiting.push(event)
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
      for (const event of waiting) logger.error("usage is only in this line", { event })
      waiting = []
    },
  }
}

/** Events from the front that belong to one stream. */
function nextBatch(waiting: readonly UsageEvent[]): UsageEvent[] {
  const stream = waiting[0] && usageStreamOf(waiting[0].data.at)
  const end = waiting.findIndex(({ data }) => usageStreamOf(data.at) !== stream)
  return waiting.slice(0, Math.min(end < 0 ? waiting.length : end, mostInCommit))
}
