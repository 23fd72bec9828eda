import { createHash } from "node:crypto"
import { z } from "zod"
import { asDuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { parseWith } from "../../base/schema.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { JobDetails } from "../../fabric/jobs/jobs.ts"
import type { CommandSet } from "../command.ts"
import type { CommandContext } from "../context.ts"
import type { BatchEntry } from "./entries.ts"
import type { Outcome } from "./row.ts"

const Data = z.object({ name: z.string(), input: z.record(z.string(), z.unknown()), folder: z.string() })
const longestShown = 20_000
/** A command that only reads is begun so often; more cut-offs than that are its own doing. */
const mostReads = 3
/** Only attempts that were cut off are made again, a command that fails has an outcome: there is nothing to wait for. */
const atOnce = { baseMs: 0, factor: 1, maxMs: 0 } as const

/** Names a batch: the same list, of the same person in the same folder, is the same batch. */
export const batchId = (context: Pick<CommandContext, "actor" | "folder">, text: string): string =>
  createHash("sha256")
    .update(JSON.stringify([context.actor.id, context.folder, text]))
    .digest("hex")
    .slice(0, 16)

export const freshId = (): string => createHash("sha256").update(newId()).digest("hex").slice(0, 16)

/** Jobs of the entries, in order; what is known of the batch already stays as it is. */
export async function enqueueAll(id: string, entries: readonly BatchEntry[], context: CommandContext) {
  const { jobs } = context.host.fabric()
  const { registry } = await import("../registry.ts")
  const commands: CommandSet = registry
  const ids: string[] = []
  for (const [at, { name, input }] of entries.entries()) {
    throwIfAborted(context.signal)
    ids.push(
      await jobs.enqueue({
        queue: queueOf(id),
        kind: `command.${name}`,
        data: parseWith(z.json(), { name, input, folder: context.folder }, "the command"),
        actor: context.actor.id,
        idempotencyKey: keyOf(id, at),
        // What changes something may have done so before it was cut off: it is not made again unasked (`--retry` does).
        maxAttempts: commands[name]?.permission === "read" ? mostReads : 1,
        backoff: atOnce,
      }),
    )
  }
  return ids
}

const queueOf = (id: string) => `batch-${id}`
const keyOf = (id: string, at: number) => `batch:${id}:${at}`

/** Jobs of the entries that an earlier call has enqueued, in order; undefined where there is none. */
export async function enqueuedBefore(id: string, entries: readonly BatchEntry[], { host }: CommandContext) {
  const { jobs } = host.fabric()
  const known = await jobs.list({ queue: queueOf(id), limit: entries.length })
  const ids = new Map(known.map(({ idempotencyKey, id: job }) => [idempotencyKey, job]))
  return Promise.all(
    entries.map(async (_, at) => {
      const job = ids.get(keyOf(id, at))
      return job === undefined ? undefined : jobs.show(job)
    }),
  )
}

/**
 * Works until all jobs of the batch are finished, each through the pipeline under the caller's permission. Stops with the
 * signal: what waits then goes on when the batch is given again.
 */
export async function workAll(id: string, ids: readonly string[], parallel: number, context: CommandContext) {
  const { host, actor, signal } = context
  const { jobs } = host.fabric()
  const [{ pipeline }, { registry }] = await Promise.all([import("../pipeline.ts"), import("../registry.ts")])
  const commands = pipeline(registry, host)
  const stop = jobs.work(queueOf(id), { concurrency: parallel }, async (job, attempt): Promise<Outcome> => {
    const { name, input, folder } = parseWith(Data, job.data, "the job")
    const startedAt = performance.now()
    const tookMs = () => Math.round(performance.now() - startedAt)
    try {
      const { exitCode, rendered = "" } = await commands.run({
        ...{ name, input, folder, actor, via: "batch", signal: AbortSignal.any([attempt.signal, signal]) },
        rendering: { format: "text", width: 100 },
        onProgress: (progress) => attempt.progress(progress),
      })
      return { exitCode, error: null, shown: rendered.slice(0, longestShown), tookMs: tookMs() }
    } catch (thrown) {
      throwIfAborted(attempt.signal)
      throwIfAborted(signal)
      const { code, message } = asDuckError(thrown)
      return { exitCode: null, error: { code, message }, shown: "", tookMs: tookMs() }
    }
  })
  let done = 0
  const tell = () => context.progress({ phase: "batch", done, total: ids.length, message: "Running commands" })
  tell()
  try {
    await Promise.all(
      ids.map(async (one) => {
        await jobs.finished(one, signal)
        done += 1
        tell()
      }),
    )
  } finally {
    await stop()
  }
}

/** What is known of the jobs now. */
export const detailsOf = (ids: readonly string[], { host }: CommandContext): Promise<JobDetails[]> =>
  Promise.all(ids.map((id) => host.fabric().jobs.show(id)))
