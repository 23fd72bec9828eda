import { z } from "zod"
import type { JobSummary } from "../fabric/jobs/view.ts"

export const JobState = z.enum(["queued", "running", "succeeded", "dead", "cancelled"])

export const JobRow = z.object({
  id: z.string(),
  queue: z.string(),
  kind: z.string(),
  state: JobState,
  priority: z.int(),
  /** Attempts that were started. */
  attempt: z.int(),
  maxAttempts: z.int(),
  /** ISO 8601. */
  enqueuedAt: z.string(),
  runAt: z.string(),
  finishedAt: z.string().nullable(),
  actor: z.string(),
  progress: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})
export type JobRow = z.infer<typeof JobRow>

const iso = (ms: number) => new Date(ms).toISOString()

export function jobRowOf(job: JobSummary): JobRow {
  return {
    id: job.id,
    queue: job.queue,
    kind: job.kind,
    state: job.state,
    priority: job.priority,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    enqueuedAt: iso(job.enqueuedAtMs),
    runAt: iso(job.runAtMs),
    finishedAt: job.finishedAtMs === undefined ? null : iso(job.finishedAtMs),
    actor: job.actor,
    ...(job.progress === undefined ? {} : { progress: job.progress }),
    error: job.error ? { ...job.error } : null,
  }
}

/** "2026-01-31 12:00:05", in UTC. */
export const spokenTime = (text: string): string => text.slice(0, 19).replace("T", " ")
