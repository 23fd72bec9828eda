import type { Clock } from "../../base/clock.ts"
import type { Logger } from "../../observe/log.ts"
import type { Incarnation } from "../incarnation.ts"
import type { Doorbell, Lease, Leases } from "../ports.ts"
import type { JobStreams } from "./streams.ts"
import type { JobRows } from "./view.ts"

/** Finished jobs stay in the list until they are older than that, or there are more than so many newer ones. */
export interface Kept {
  readonly days: number
  readonly newest: number
}
export const keptByDefault: Kept = { days: 30, newest: 10_000 }

export interface SweeperOptions {
  readonly streams: JobStreams
  readonly rows: JobRows
  readonly kept: Kept
  /** Resolves once the view has seen everything that this node knows to be stored. */
  readonly viewIsCurrent: () => Promise<unknown>
  /** Enqueues what schedules owe; answers when the next tick is. */
  readonly tick: () => Promise<number | undefined>
  /** Does this process have the job in hand? */
  readonly runsHere: (id: string) => boolean
  readonly doorbell: Doorbell
  readonly leases: Leases
  readonly incarnation: Incarnation
  readonly clock: Clock
  readonly log: Logger
}

export interface Sweeper {
  /** Something will be due at that time. */
  wakeAt(atMs: number): void
  close(): Promise<void>
}

/** Between two sweeps when nothing is known to be due: so long a lost ring or a dead worker goes unnoticed at most. */
export const sweepEveryMs = 10_000
const leaseKey = "jobs.sweeper"
const leaseTtlMs = 20_000
/** Between two sweeps at least, however much becomes due in that time. */
const sweepAtMostEveryMs = 50
/** Rings for one sweep: more would only wait elsewhere. */
const ringsAtOnce = 1_000
/** Old jobs that one sweep takes out of the list: the others are not in a hurry. */
const retiredAtOnce = 100
const dayMs = 86_400_000

/**
 * Sees to it that what is due rings, again and again until it has started; that attempts whose worker is gone are given
 * up; that schedules tick; and that what ended long ago leaves the list. One node does it, elected by a lease, and two at once would do no harm.
 */
export function startSweeper(options: SweeperOptions): Sweeper {
  const { streams, rows, kept, viewIsCurrent, tick, runsHere, doorbell, leases, incarnation, clock, log } = options
  const { self } = incarnation
  const closing = new AbortController()
  let lease: Lease | undefined
  let wakesAtMs = Number.POSITIVE_INFINITY
  let waker = new AbortController()

  async function run() {
    while (!closing.signal.aborted) {
      let nextMs: number | undefined
      try {
        nextMs = await sweep()
      } catch (error) {
        log.error("a sweep over the jobs failed; it will be tried again", { error })
      }
      await pause(sweepAtMostEveryMs)
      await waitUntil(Math.min(nextMs ?? Number.POSITIVE_INFINITY, clock.now() + sweepEveryMs))
    }
  }

  async function waitUntil(atMs: number) {
    const until = Math.min(atMs, wakesAtMs)
    waker = new AbortController()
    wakesAtMs = until
    await pause(until - clock.now(), waker.signal)
    wakesAtMs = Number.POSITIVE_INFINITY
  }

  async function pause(ms: number, ...until: readonly AbortSignal[]) {
    try {
      await clock.sleep(Math.max(0, ms), AbortSignal.any([closing.signal, ...until]))
    } catch {
      // Woken before its time.
    }
  }

  async function sweep(): Promise<number | undefined> {
    await viewIsCurrent()
    await giveUpOwnOrphans()
    if (!(await isElected())) return undefined
    await giveUpLostAttempts()
    const nextTickMs = await tick()
    await viewIsCurrent()
    const nowMs = clock.now()
    for (const { id, queue, priority } of rows.due(nowMs, ringsAtOnce)) await doorbell.ring(queue, priority, id)
    const beforeMs = nowMs - kept.days * dayMs
    for (const id of rows.outlived({ beforeMs, newest: kept.newest, limit: retiredAtOnce }))
      await streams.apply(id, { type: "retire" }, "system")
    return Math.min(nextTickMs ?? Number.POSITIVE_INFINITY, rows.nextDueMs(nowMs) ?? Number.POSITIVE_INFINITY)
  }

  async function isElected(): Promise<boolean> {
    if (lease?.stillMine()) return true
    const answer = await leases.take(leaseKey, leaseTtlMs, self.id)
    lease = "token" in answer ? answer : undefined
    return lease !== undefined
  }

  /** Attempts that this very process started and does not run: their start was stored without our hearing of it. */
  async function giveUpOwnOrphans() {
    for (const { id, attempt, worker } of rows.running())
      if (worker?.incarnation === self.incarnation && !runsHere(id)) await lose(id, attempt)
  }

  async function giveUpLostAttempts() {
    const alive = new Map<string, boolean>()
    for (const { id, attempt, worker } of rows.running()) {
      if (!worker || worker.incarnation === self.incarnation) continue
      const { node, incarnation: which } = worker
      if (!alive.has(which)) alive.set(which, await incarnation.isAlive(node, which))
      if (!alive.get(which)) await lose(id, attempt)
    }
  }

  async function lose(id: string, attempt: number) {
    const error = { code: "WORKER_LOST", message: "The process that ran this attempt is gone." }
    const { events } = await streams.apply(id, { type: "lose", attempt, error }, "system")
    if (events.length > 0) log.warn("an attempt at a job was lost with its worker", { job: id, attempt })
  }

  const running = run()
  return {
    wakeAt(atMs) {
      if (atMs >= wakesAtMs) return
      wakesAtMs = atMs
      waker.abort()
    },
    async close() {
      closing.abort()
      await running
      await lease?.release()
    },
  }
}
