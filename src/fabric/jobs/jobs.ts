import { type Clock, systemClock } from "../../base/clock.ts"
import { NotFoundError } from "../../base/errors.ts"
import type { Random } from "../../base/random.ts"
import { abortable, anySignal } from "../../base/signal.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Incarnation } from "../incarnation.ts"
import type { Bus, Committed, Doorbell, Leases, LogStore, Position, Sequencer, Shared } from "../ports.ts"
import type { Views } from "../projection.ts"
import { type EnqueueOptions, enqueueJob, specOf } from "./enqueue.ts"
import { type JobEvent, readJobEvent } from "./events.ts"
import { isFinished, type Job, type JobCommand } from "./job.ts"
import { liveProgress } from "./live-progress.ts"
import { type ScheduleOptions, schedules } from "./schedules.ts"
import { type JobHistory, jobLog, jobOfStream, jobStreams } from "./streams.ts"
import { type Kept, keptByDefault, startSweeper } from "./sweeper.ts"
import { type JobFilter, type JobSummary, jobRows, jobsProjection } from "./view.ts"
import { type JobHandler, startWorker, type Worker } from "./worker.ts"

export interface JobsOptions {
  readonly sequencer: Sequencer
  readonly store: LogStore
  readonly views: Views
  readonly bus: Bus
  readonly shared: Shared
  readonly doorbell: Doorbell
  readonly leases: Leases
  readonly incarnation: Incarnation
  readonly kept?: Kept
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
}

export interface JobDetails extends Job {
  readonly id: string
  readonly history: JobHistory
}

export interface Jobs {
  /** Resolves with the job's id once it is stored. Throws InvalidInputError. */
  enqueue(options: EnqueueOptions): Promise<string>
  /** Runs the jobs of a queue on this node, until what it answers is called; that resolves when none runs any more. */
  work(queue: string, options: { readonly concurrency?: number }, handler: JobHandler): () => Promise<void>
  /** How long finished jobs stay in the list. */
  readonly kept: Kept
  /** Newest first. */
  list(filter?: JobFilter): Promise<readonly JobSummary[]>
  /** Throws NotFoundError. */
  show(id: string): Promise<JobDetails>
  /** A waiting job ends at once, a running one when its handler has heard of it. Throws JobRefusedError, NotFoundError. */
  cancel(id: string, actor: string): Promise<Job>
  /** Only for dead and cancelled jobs. Throws JobRefusedError, NotFoundError. */
  retry(id: string, actor: string): Promise<Job>
  /** Resolves with the job once it is finished: succeeded, dead or cancelled. */
  finished(id: string, signal?: AbortSignal): Promise<Job>
  readonly schedules: {
    set(options: ScheduleOptions): Promise<void>
    remove(name: string, actor: string): Promise<void>
    list(): ReturnType<ReturnType<typeof schedules>["list"]>
  }
  /** Stops in order: waits up to `drainMs` (10 s) for what runs, then hands it back for the next start. */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

const drainForMs = 10_000

/**
 * Jobs: every step of one is a commit in its stream, the doorbell only rings, and a sweeper rings again. What is stored
 * is started sooner or later, each attempt at most once; an effect outside happens at least once, and exactly once where
 * the handler uses the job's idempotency key.
 */
export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { sequencer, store, views, bus, shared, doorbell, leases, incarnation } = options
  const { kept = keptByDefault, clock = systemClock, random = Math.random, log = silentLogger } = options
  const { self } = incarnation
  const view = await views.open(jobsProjection)
  const rows = jobRows(view)
  const live = liveProgress({ bus, shared })
  const workers = new Set<Worker>()
  const waiting = new Map<string, Set<() => void>>()
  let seen: Position = store.tip(jobLog).pos
  const stored = (head: Position) => {
    seen = Math.max(seen, head)
  }
  const streams = jobStreams({ sequencer, store, node: self.id, clock, random, stored })

  const viewIsCurrent = () => view.reached(jobLog, Math.max(seen, store.tip(jobLog).pos))

  async function apply(id: string, command: JobCommand, actor: string): Promise<Job> {
    if (!streams.read(id)) throw notFound(id)
    const { job } = await streams.apply(id, command, actor)
    if (!job) throw notFound(id)
    return job
  }

  async function enqueue(given: EnqueueOptions): Promise<string> {
    const spec = specOf(given, clock.now())
    const { id, isNew } = await enqueueJob(streams, spec)
    if (isNew && spec.runAtMs <= clock.now()) await doorbell.ring(spec.queue, spec.priority, id)
    return id
  }

  const scheduling = schedules({
    sequencer,
    store,
    node: self.id,
    clock,
    log,
    enqueue,
    runs: (id) => {
      const job = streams.read(id)
      return job !== undefined && !isFinished(job)
    },
    stored,
    all: async () => {
      await viewIsCurrent()
      return rows.schedules()
    },
    wakeAt: (atMs) => sweeper.wakeAt(atMs),
  })

  const sweeper = startSweeper({
    streams,
    rows,
    kept,
    viewIsCurrent,
    tick: scheduling.tick,
    runsHere: (id) => [...workers].some((worker) => worker.has(id)),
    doorbell,
    leases,
    incarnation,
    clock,
    log,
  })

  const following = sequencer.follow(jobLog, seen, async (batch) => {
    for (const commit of batch) hear(commit)
  })
  let closing = false
  following.done.catch((error: unknown) => {
    if (!closing) log.error("the jobs' log can't be followed any more", { error })
  })

  function hear({ stream, events }: Committed) {
    const id = jobOfStream(stream)
    if (id === undefined) return
    for (const stored of events) {
      const event = readJobEvent(stored)
      if (!event) continue
      for (const worker of workers) worker.hear(id, event)
      const dueAtMs = isEnd(event) && scheduling.isAwaited(id) ? clock.now() : dueAt(event)
      if (dueAtMs !== undefined) sweeper.wakeAt(dueAtMs)
    }
    for (const wake of waiting.get(id) ?? []) wake()
  }

  /** Resolves when something has happened to the job. */
  function change(id: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wakers = waiting.get(id) ?? new Set()
    waiting.set(id, wakers.add(resolve))
    return abortable(signal, () => promise).finally(() => {
      wakers.delete(resolve)
      if (wakers.size === 0 && waiting.get(id) === wakers) waiting.delete(id)
    })
  }

  return {
    enqueue,
    kept,

    work(queue, { concurrency = 1 }, handler) {
      const worker = startWorker({
        self,
        streams,
        doorbell,
        clock,
        log,
        publishProgress: live.publish,
        queue,
        concurrency,
        handler,
      })
      workers.add(worker)
      // What waits was perhaps rung before anyone listened.
      sweeper.wakeAt(clock.now())
      return async () => {
        await worker.drain(drainForMs)
        workers.delete(worker)
      }
    },

    async list(filter = {}) {
      await viewIsCurrent()
      return rows.list(filter, clock.now())
    },

    async show(id) {
      const job = streams.read(id)
      if (!job) throw notFound(id)
      const progress = job.state === "running" ? await live.last(id, job.attempt) : undefined
      return { ...job, id, history: streams.history(id), ...(progress === undefined ? {} : { progress }) }
    },

    async cancel(id, actor) {
      return apply(id, { type: "cancel", by: actor }, actor)
    },

    async retry(id, actor) {
      const job = await apply(id, { type: "retry", by: actor }, actor)
      await doorbell.ring(job.queue, job.priority, id)
      return job
    },

    async finished(id, signal) {
      while (true) {
        const over = new AbortController()
        // Listened for before it is read, so that nothing falls between.
        const changed = change(id, anySignal(signal, over.signal))
        changed.catch(() => {})
        const job = streams.read(id)
        if (job && !isFinished(job)) await changed
        else over.abort()
        if (!job) throw notFound(id)
        if (isFinished(job)) return job
      }
    },

    schedules: scheduling,

    async close({ drainMs = drainForMs } = {}) {
      closing = true
      await sweeper.close()
      await Promise.all([...workers].map((worker) => worker.drain(drainMs)))
      await following.stop()
    },
  }
}

const isEnd = ({ type }: JobEvent) => type === "job.succeeded" || type === "job.dead" || type === "job.cancelled"

/** When a job that waits will be due, where its event says so and nobody rings at that moment. */
function dueAt(event: JobEvent): number | undefined {
  if (event.type === "job.retry-scheduled") return event.data.runAtMs
  if (event.type === "job.enqueued" && event.data.runAtMs > event.data.enqueuedAtMs) return event.data.runAtMs
  return undefined
}

const notFound = (id: string) =>
  new NotFoundError({
    code: "JOB_NOT_FOUND",
    message: `There is no job ${id}.`,
    hint: "`duck jobs list` shows the jobs there are.",
    details: { id },
  })
