import { DuckError } from "../../base/errors.ts"
import type { Random } from "../../base/random.ts"
import { decider } from "../decider.ts"
import {
  type Backoff,
  type JobError,
  type JobEvent,
  type JobSpec,
  type StoredJobEvent,
  writeJobEvent,
} from "./events.ts"

export type JobState = "queued" | "running" | "succeeded" | "dead" | "cancelled"

/** A job as its events tell it. */
export interface Job extends JobSpec {
  readonly state: JobState
  /** Number of the last attempt that was started; 0: none yet. Numbers are never used twice. */
  readonly attempt: number
  /** Attempts that count against `maxAttempts`; a manual retry begins anew. */
  readonly spent: number
  readonly worker?: { readonly node: string; readonly incarnation: string; readonly startedAtMs: number }
  readonly cancelRequestedBy?: string
  readonly progress?: unknown
  readonly result?: unknown
  /** Of the last attempt that did not succeed. */
  readonly error?: JobError
  readonly finishedAtMs?: number
  /** The job that has its dedupe key now. */
  readonly keyPassedTo?: string
  /** When it left the list of jobs. */
  readonly retiredAtMs?: number
}

export type JobCommand =
  | { readonly type: "enqueue"; readonly spec: JobSpec }
  | { readonly type: "start"; readonly node: string; readonly incarnation: string }
  | { readonly type: "progress"; readonly attempt: number; readonly progress: unknown }
  | { readonly type: "succeed"; readonly attempt: number; readonly result: unknown; readonly progress?: unknown }
  | { readonly type: "fail"; readonly attempt: number; readonly error: JobError; readonly progress?: unknown }
  | { readonly type: "lose"; readonly attempt: number; readonly error: JobError }
  | { readonly type: "hand-back"; readonly attempt: number }
  | { readonly type: "end-cancelled"; readonly attempt: number }
  | { readonly type: "cancel"; readonly by: string }
  | { readonly type: "retry"; readonly by: string }
  | { readonly type: "pass-key-on"; readonly to: string }
  | { readonly type: "retire" }

/** What a decision may look at besides the state. */
export interface Circumstances {
  readonly nowMs: number
  readonly random: Random
}

export const isFinished = ({ state }: Pick<Job, "state">): boolean => state !== "queued" && state !== "running"

/**
 * The events that a command makes of a job, none where there is nothing to do (a doubled doorbell, a worker that was
 * given up meanwhile). Pure. Throws JobRefusedError where a person asked for what can't be done.
 */
export function decide(command: JobCommand, job: Job | undefined, { nowMs, random }: Circumstances): JobEvent[] {
  if (command.type === "enqueue") return job ? [] : [{ type: "job.enqueued", data: command.spec }]
  if (!job) throw new JobRefusedError("JOB_NOT_FOUND", "There is no such job.", 404)
  switch (command.type) {
    case "start": {
      if (job.state !== "queued" || job.runAtMs > nowMs) return []
      const { node, incarnation } = command
      return [{ type: "job.attempt-started", data: { attempt: job.attempt + 1, node, incarnation, atMs: nowMs } }]
    }
    case "progress":
      return runs(job, command.attempt) ? progressed(command) : []
    case "succeed": {
      if (!runs(job, command.attempt)) return []
      const { attempt, result } = command
      return [...progressed(command), { type: "job.succeeded", data: { attempt, result: json(result), atMs: nowMs } }]
    }
    case "fail":
    case "lose": {
      if (!runs(job, command.attempt)) return []
      const { attempt, error } = command
      const type = command.type === "fail" ? "job.failed" : "job.attempt-lost"
      const last = command.type === "fail" ? progressed(command) : []
      return [...last, { type, data: { attempt, error, atMs: nowMs } }, afterwards(job, nowMs, random)]
    }
    case "hand-back":
      if (!runs(job, command.attempt)) return []
      return [
        { type: "job.handed-back", data: { attempt: command.attempt, atMs: nowMs } },
        job.cancelRequestedBy === undefined
          ? { type: "job.retry-scheduled", data: { runAtMs: nowMs } }
          : { type: "job.cancelled", data: { atMs: nowMs } },
      ]
    case "end-cancelled":
      return runs(job, command.attempt) ? [{ type: "job.cancelled", data: { atMs: nowMs } }] : []
    case "cancel":
      return cancel(job, command.by, nowMs)
    case "retry":
      return retry(job, command.by, nowMs)
    case "pass-key-on":
      return isFinished(job) && job.keyPassedTo === undefined
        ? [{ type: "job.key-passed-on", data: { to: command.to } }]
        : []
    case "retire":
      return isFinished(job) && job.retiredAtMs === undefined ? [{ type: "job.retired", data: { atMs: nowMs } }] : []
  }
}

/** How a job goes on after an attempt that did not succeed. */
function afterwards(job: Job, nowMs: number, random: Random): JobEvent {
  if (job.cancelRequestedBy !== undefined) return { type: "job.cancelled", data: { atMs: nowMs } }
  if (job.spent >= job.maxAttempts) return { type: "job.dead", data: { attempts: job.attempt, atMs: nowMs } }
  return { type: "job.retry-scheduled", data: { runAtMs: nowMs + backoffMs(job.backoff, job.spent, random) } }
}

function cancel(job: Job, by: string, nowMs: number): JobEvent[] {
  const requested: JobEvent = { type: "job.cancel-requested", data: { by, atMs: nowMs } }
  if (job.state === "queued") return [requested, { type: "job.cancelled", data: { atMs: nowMs } }]
  if (job.state === "running") return job.cancelRequestedBy === undefined ? [requested] : []
  if (job.state === "cancelled") return []
  throw new JobRefusedError("JOB_FINISHED", `The job has already ended: ${job.state}.`, 409)
}

function retry(job: Job, by: string, nowMs: number): JobEvent[] {
  if (job.state !== "dead" && job.state !== "cancelled")
    throw new JobRefusedError(
      "JOB_NOT_RETRYABLE",
      `The job is ${job.state}; only dead and cancelled jobs are retried by hand.`,
      409,
    )
  if (job.keyPassedTo !== undefined)
    throw new JobRefusedError("JOB_REPLACED", `The job ${job.keyPassedTo} was enqueued in its place since.`, 409)
  if (job.retiredAtMs !== undefined)
    throw new JobRefusedError("JOB_RETIRED", "The job ended so long ago that it is not in the list any more.", 409)
  return [{ type: "job.retried", data: { by, atMs: nowMs } }]
}

/**
 * Milliseconds to wait after `spent` attempts: `baseMs`, then `factor` times as long each time up to `maxMs`, of which
 * the second half is left to chance so that jobs that failed together don't come back together ("equal jitter").
 */
export function backoffMs({ baseMs, factor, maxMs }: Backoff, spent: number, random: Random): number {
  const fullMs = Math.min(maxMs, baseMs * factor ** Math.max(0, spent - 1))
  return Math.round(fullMs / 2 + (fullMs / 2) * random())
}

/** The job after an event. Pure; an event that can't follow leaves the job as it is. */
export function evolve(job: Job | undefined, event: JobEvent): Job | undefined {
  if (event.type === "job.enqueued") return job ?? { ...event.data, state: "queued", attempt: 0, spent: 0 }
  if (!job) return undefined
  switch (event.type) {
    case "job.attempt-started": {
      const { attempt, node, incarnation, atMs } = event.data
      const worker = { node, incarnation, startedAtMs: atMs }
      return { ...without(job, "progress"), state: "running", attempt, spent: job.spent + 1, worker }
    }
    case "job.progressed":
      return { ...job, progress: event.data.progress }
    case "job.succeeded": {
      const { result, atMs } = event.data
      return { ...without(job, "worker", "error"), state: "succeeded", result, finishedAtMs: atMs }
    }
    case "job.failed":
    case "job.attempt-lost":
      return { ...without(job, "worker"), error: event.data.error }
    case "job.handed-back":
      return { ...without(job, "worker"), spent: job.spent - 1 }
    case "job.retry-scheduled":
      return { ...job, state: "queued", runAtMs: event.data.runAtMs }
    case "job.dead":
      return { ...job, state: "dead", finishedAtMs: event.data.atMs }
    case "job.cancel-requested":
      return { ...job, cancelRequestedBy: event.data.by }
    case "job.cancelled":
      return { ...without(job, "worker"), state: "cancelled", finishedAtMs: event.data.atMs }
    case "job.retried": {
      const fresh = without(job, "cancelRequestedBy", "finishedAtMs", "error")
      return { ...fresh, state: "queued", spent: 0, runAtMs: event.data.atMs }
    }
    case "job.key-passed-on":
      return { ...job, keyPassedTo: event.data.to }
    case "job.retired":
      return { ...job, retiredAtMs: event.data.atMs }
  }
}

const runs = (job: Job, attempt: number) => job.state === "running" && job.attempt === attempt

function progressed({ attempt, progress }: { attempt: number; progress?: unknown }): JobEvent[] {
  return progress === undefined ? [] : [{ type: "job.progressed", data: { attempt, progress: json(progress) } }]
}

type Json = JobSpec["data"]
/** A handler's value as the log can keep it: what JSON leaves out is left out, and nothing at all is null. */
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null) ?? "null") as Json

function without<K extends keyof Job>(job: Job, ...keys: K[]): Omit<Job, K> {
  const rest = { ...job }
  for (const key of keys) delete (rest as Partial<Job>)[key]
  return rest
}

/** A job as a stream is decided. */
export const jobDecider = decider<JobCommand & Circumstances, Job | undefined, StoredJobEvent>({
  initial: undefined,
  decide: (command, job) => decide(command, job, command).map(writeJobEvent),
  evolve,
})

/** What a person asked of a job can't be done. */
export class JobRefusedError extends DuckError {
  constructor(code: string, message: string, status: number) {
    super({ code, message, status, hint: "`duck jobs list` shows the jobs and how they stand." })
  }
}
