import { z } from "zod"
import { DuckError } from "../../base/errors.ts"
import type { Event } from "../ports.ts"

const count = z.number().int().nonnegative()
const timeMs = z.number()

export const backoffSchema = z.object({
  /** Wait before the second attempt. */
  baseMs: z.number().int().nonnegative(),
  factor: z.number().min(1),
  maxMs: z.number().int().nonnegative(),
})
export type Backoff = z.infer<typeof backoffSchema>

export const jobErrorSchema = z.object({ code: z.string(), message: z.string() })
export type JobError = z.infer<typeof jobErrorSchema>

/** What a job is, said once when it is enqueued. */
export const jobSpecSchema = z.object({
  queue: z.string().regex(/^[-_a-zA-Z0-9]{1,100}$/, 'takes letters, digits, "-" and "_"'),
  /** Which handler: "index.update", "mail.send". */
  kind: z.string().min(1).max(200),
  data: z.json(),
  /** 0 is the most urgent. */
  priority: z.literal([0, 1, 2]),
  runAtMs: timeMs,
  maxAttempts: z.number().int().min(1).max(1_000),
  backoff: backoffSchema,
  /** The handler says that it is alive at least this often, or its attempt counts as lost. Without it, only its process must live. */
  heartbeatTimeoutMs: z.number().int().positive().optional(),
  dedupeKey: z.string().min(1).max(1_000).optional(),
  idempotencyKey: z.string().min(1).max(1_000).optional(),
  /** Name of the schedule that enqueued it. */
  schedule: z.string().optional(),
  actor: z.string(),
  enqueuedAtMs: timeMs,
})
export type JobSpec = z.infer<typeof jobSpecSchema>

const attempt = z.number().int().positive()
const dataOf = {
  "job.enqueued": jobSpecSchema,
  "job.attempt-started": z.object({ attempt, node: z.string(), incarnation: z.string(), atMs: timeMs }),
  "job.progressed": z.object({ attempt, progress: z.json() }),
  "job.succeeded": z.object({ attempt, result: z.json(), atMs: timeMs }),
  "job.failed": z.object({ attempt, error: jobErrorSchema, atMs: timeMs }),
  /** The worker was killed, or hung: nobody knows how far it got. */
  "job.attempt-lost": z.object({ attempt, error: jobErrorSchema, atMs: timeMs }),
  /** The worker stopped in order and gave the attempt back: it does not count. */
  "job.handed-back": z.object({ attempt, atMs: timeMs }),
  "job.retry-scheduled": z.object({ runAtMs: timeMs }),
  "job.dead": z.object({ attempts: count, atMs: timeMs }),
  "job.cancel-requested": z.object({ by: z.string(), atMs: timeMs }),
  "job.cancelled": z.object({ atMs: timeMs }),
  "job.retried": z.object({ by: z.string(), atMs: timeMs }),
  /** A finished job gives its dedupe key to the job that is enqueued next; it can't be retried from then on. */
  "job.key-passed-on": z.object({ to: z.string() }),
  /** It was kept long enough: it leaves the list and can't be retried. What happened to it stays in the log. */
  "job.retired": z.object({ atMs: timeMs }),
} as const

export type JobEventType = keyof typeof dataOf
export type JobEvent = {
  [Type in JobEventType]: { readonly type: Type; readonly data: z.infer<(typeof dataOf)[Type]> }
}[JobEventType]

/** An event of a job's stream, or undefined for one that this version does not know. */
export function readJobEvent(event: Event): JobEvent | undefined {
  if (!Object.hasOwn(dataOf, event.type) || event.v !== 1) return undefined
  const type = event.type as JobEventType
  const read = dataOf[type].safeParse(event.data)
  // The schema is the one of the type.
  return read.success ? ({ type, data: read.data } as JobEvent) : undefined
}

export type StoredJobEvent = JobEvent & { readonly v: number }
export const writeJobEvent = (event: JobEvent): StoredJobEvent => ({ ...event, v: 1 })

/** As `readJobEvent`, for those who decide: nothing is decided about a job that this version only half understands. */
export function parseJobEvent(stored: Event): StoredJobEvent {
  const event = readJobEvent(stored)
  if (event) return writeJobEvent(event)
  throw new DuckError({
    code: "EVENT_UNKNOWN",
    message: `The job has an event ${stored.type} of version ${stored.v} that this version does not know.`,
    hint: "It was written by another version of RubberDuck: bring this node to the version of the others.",
  })
}
