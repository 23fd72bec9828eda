import { type Clock, systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Doorbell, Priority } from "../ports.ts"

export interface EmbeddedDoorbell extends Doorbell {
  /** Hands out nothing more; what waits is forgotten, as a doorbell may. */
  close(): void
}

/** After so long a job that was told "later", or whose handler failed, is rung again. */
const laterMs = 1_000
const priorities = [0, 1, 2] as const satisfies readonly Priority[]

interface Listener {
  readonly room: () => number
  readonly handler: (job: string) => Promise<"done" | "later">
}
interface Queue {
  /** By priority; a set keeps the order of ringing and holds a job once. */
  readonly waiting: readonly [Set<string>, Set<string>, Set<string>]
  /** The one whose turn it is comes first. */
  readonly listeners: Listener[]
  handing: boolean
}

/**
 * The doorbell of one process. A job waits at most once in a queue, under its most urgent ring (0 is the most urgent).
 * `room()` says how many more jobs the listener takes now; a job counts from the moment the handler is called.
 */
export function embeddedDoorbell({
  clock = systemClock,
  log = silentLogger,
}: {
  clock?: Clock
  log?: Logger
} = {}): EmbeddedDoorbell {
  const queues = new Map<string, Queue>()
  const closing = new AbortController()

  function queueNamed(name: string): Queue {
    const queue = queues.get(name) ?? { waiting: [new Set(), new Set(), new Set()], listeners: [], handing: false }
    queues.set(name, queue)
    return queue
  }

  function ring(name: string, priority: Priority, job: string) {
    if (closing.signal.aborted) return
    const { waiting } = queueNamed(name)
    const before = priorities.find((each) => waiting[each].has(job))
    if (before === undefined || before > priority) {
      if (before !== undefined) waiting[before].delete(job)
      waiting[priority].add(job)
    }
    handOutSoon(name)
  }

  function handOutSoon(name: string) {
    const queue = queueNamed(name)
    if (queue.handing) return
    queue.handing = true
    queueMicrotask(() => {
      queue.handing = false
      handOut(name, queue)
    })
  }

  function handOut(name: string, queue: Queue) {
    while (!closing.signal.aborted) {
      const priority = priorities.find((each) => queue.waiting[each].size > 0)
      const at = priority === undefined ? -1 : queue.listeners.findIndex((each) => each.room() > 0)
      const [listener] = at < 0 ? [] : queue.listeners.splice(at, 1)
      if (priority === undefined || !listener) return
      queue.listeners.push(listener)
      for (const job of queue.waiting[priority]) {
        queue.waiting[priority].delete(job)
        hand(name, priority, job, listener)
        break
      }
    }
  }

  async function hand(name: string, priority: Priority, job: string, listener: Listener) {
    let answer: "done" | "later" = "later"
    try {
      answer = await listener.handler(job)
    } catch (error) {
      log.warn("the handler of a doorbell failed; the job will be rung again", { queue: name, job, error })
    }
    // There may be room again.
    handOutSoon(name)
    if (answer === "done") return
    await clock.sleep(laterMs, closing.signal).then(
      () => ring(name, priority, job),
      () => {}, // closed meanwhile
    )
  }

  return {
    async ring(queue, priority, job) {
      assertQueue(queue)
      ring(queue, priority, job)
    },
    listen(name, room, handler) {
      assertQueue(name)
      const { listeners } = queueNamed(name)
      const listener = { room, handler }
      listeners.push(listener)
      handOutSoon(name)
      return () => {
        const at = listeners.indexOf(listener)
        if (at >= 0) listeners.splice(at, 1)
      }
    },
    close() {
      closing.abort()
      queues.clear()
    },
  }
}

/** One token of a subject, because that is what a queue is in a cluster. */
function assertQueue(queue: string): void {
  if (/^[-_a-zA-Z0-9]{1,100}$/.test(queue)) return
  throw new InvalidInputError({
    message: `${JSON.stringify(queue)} is not the name of a queue: it takes letters, digits, "-" and "_".`,
  })
}
