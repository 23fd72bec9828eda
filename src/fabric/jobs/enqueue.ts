import { createHash } from "node:crypto"
import type { z } from "zod"
import { newId } from "../../base/ids.ts"
import { parseWith } from "../../base/schema.ts"
import type { JobSpec } from "./events.ts"
import { jobSpecSchema } from "./events.ts"
import { isFinished } from "./job.ts"
import type { JobStreams } from "./streams.ts"

export const defaultMaxAttempts = 5
export const defaultBackoff = { baseMs: 1_000, factor: 2, maxMs: 600_000 } as const

const enqueueSchema = jobSpecSchema
  .omit({ enqueuedAtMs: true })
  .extend({
    data: jobSpecSchema.shape.data.default(null),
    priority: jobSpecSchema.shape.priority.default(1),
    runAtMs: jobSpecSchema.shape.runAtMs.optional(),
    maxAttempts: jobSpecSchema.shape.maxAttempts.default(defaultMaxAttempts),
    backoff: jobSpecSchema.shape.backoff.default(defaultBackoff),
  })
  .refine(({ dedupeKey, idempotencyKey }) => dedupeKey === undefined || idempotencyKey === undefined, {
    message: "a job has a dedupe key (one at a time) or an idempotency key (once for ever), not both",
  })
/**
 * `dedupeKey`: while a job with it is not finished, enqueuing answers that job. `idempotencyKey`: enqueuing answers the
 * one job with it, finished or not. `runAtMs` is milliseconds since the epoch, now unless given.
 */
export type EnqueueOptions = z.input<typeof enqueueSchema>

export function specOf(options: EnqueueOptions, nowMs: number): JobSpec {
  const given = parseWith(enqueueSchema, options, "the job")
  const spec: JobSpec = { ...given, runAtMs: given.runAtMs ?? nowMs, enqueuedAtMs: nowMs }
  for (const key of ["dedupeKey", "idempotencyKey", "heartbeatTimeoutMs", "schedule"] as const)
    if (spec[key] === undefined) delete spec[key]
  return spec
}

/**
 * Stores the job, or finds the one that stands for it. Uniqueness rests on the names of streams and nothing else, because
 * that is what a compare-and-swap guards: the n-th job of a dedupe key has the id `k-<hash>-<n>`, and one that may still
 * be retried by hand gives its key up before the next is made.
 */
export async function enqueueJob(
  streams: JobStreams,
  spec: JobSpec,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const create = async (id: string) => {
    const { events } = await streams.apply(id, { type: "enqueue", spec }, spec.actor)
    return { id, isNew: events.length > 0 }
  }
  if (spec.idempotencyKey !== undefined) return create(`i-${hashOf(spec.idempotencyKey)}`)
  if (spec.dedupeKey === undefined) return create(newId(spec.enqueuedAtMs))
  const base = `k-${hashOf(spec.dedupeKey)}`
  for (let n = lastGeneration(streams, base); ; ) {
    const id = `${base}-${n}`
    const job = streams.read(id)
    if (!job) {
      const made = await create(id)
      if (made.isNew) return made
    } else if (!isFinished(job)) return { id, isNew: false }
    else if (job.state === "succeeded" || job.keyPassedTo !== undefined) n += 1
    else await streams.apply(id, { type: "pass-key-on", to: `${base}-${n + 1}` }, spec.actor)
  }
}

/** The number of the key's newest job, or 1; found in a handful of reads however many there were. */
function lastGeneration(streams: JobStreams, base: string): number {
  const exists = (n: number) => streams.read(`${base}-${n}`) !== undefined
  let over = 1
  while (exists(over)) over *= 2
  let last = Math.floor(over / 2)
  while (last + 1 < over) {
    const middle = Math.floor((last + over) / 2)
    if (exists(middle)) last = middle
    else over = middle
  }
  return Math.max(1, last)
}

const hashOf = (key: string) => createHash("sha256").update(key).digest("hex").slice(0, 32)
