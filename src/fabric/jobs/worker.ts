import type { Clock } from "../../base/clock.ts"
import { asDuckError, CancelledError, DuckError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import type { Doorbell, NodeInfo } from "../ports.ts"
import type { JobError, JobEvent } from "./events.ts"
import type { Job, JobCommand } from "./job.ts"
import { progressReporter } from "./progress.ts"
import type { JobStreams } from "./streams.ts"

/** A job in the hands of a handler. */
export interface RunningJob extends Job {
  readonly id: string
  /** The same for every attempt: what makes an effect outside happen once. The job's id, where none was given. */
  readonly idempotencyKey: string
}

export interface AttemptContext {
  /** Fires when the job is cancelled, the server stops, or the attempt was given up. */
  readonly signal: AbortSignal
  /** "I am alive": needed only by jobs with `heartbeatTimeoutMs`. */
  heartbeat(): void
  /** JSON for those who watch; a sign of life, too. May be called as often as one likes. */
  progress(value: unknown): void
}

/** What it answers is the job's result, as JSON. What it throws ends the attempt; the job is tried again. */
export type JobHandler = (job: RunningJob, context: AttemptContext) => Promise<unknown>

export interface WorkerOptions {
  readonly self: NodeInfo
  readonly streams: JobStreams
  readonly doorbell: Doorbell
  readonly clock: Clock
  readonly log: Logger
  /** Tells those who watch how far a job is; null when its attempt has ended. */
  readonly publishProgress: (id: string, attempt: number, value: unknown) => void
}

export interface Worker {
  /** Hears, from the log, what became of a job: perhaps somebody cancelled it or gave its attempt up. */
  hear(id: string, event: JobEvent): void
  has(id: string): boolean
  /** Takes no more jobs; resolves when those that run have ended, handing back what takes longer than `drainMs`. */
  drain(drainMs: number): Promise<void>
}

/** A handler that does not end so long after its signal fired is left behind. */
const abandonAfterMs = 5_000
const storeAgainAfterMs = 1_000

interface Attempt {
  /** 0 until its start is stored. */
  number: number
  readonly ending: AbortController
  ended: Promise<void>
}

/** Runs the jobs of one queue, at most `concurrency` at a time, on this node. */
export function startWorker(
  options: WorkerOptions & { readonly queue: string; readonly concurrency: number; readonly handler: JobHandler },
): Worker {
  const { self, streams, doorbell, clock, log, publishProgress, queue, concurrency, handler } = options
  const attempts = new Map<string, Attempt>()
  /** Fires when the process can no longer wait for the log to take what has to be stored. */
  const givingUp = new AbortController()
  let isDraining = false
  const stopListening = doorbell.listen(queue, () => concurrency - attempts.size, answer)

  async function answer(id: string): Promise<"done" | "later"> {
    // Perhaps it has just ended here and is to run again.
    for (let before = attempts.get(id); before; before = attempts.get(id)) await before.ended
    if (isDraining || attempts.size >= concurrency) return "later"
    const attempt: Attempt = { number: 0, ending: new AbortController(), ended: Promise.resolve() }
    // Before the start is stored: whoever looks in the log and then here never sees an orphan.
    attempts.set(id, attempt)
    const running = startAndRun(id, attempt)
    attempt.ended = running.then(
      () => {},
      () => {},
    )
    try {
      await running
      return "done"
    } finally {
      attempts.delete(id)
    }
  }

  async function startAndRun(id: string, attempt: Attempt): Promise<void> {
    const { node, incarnation } = { node: self.id, incarnation: self.incarnation }
    const { job, events } = await streams.apply(id, { type: "start", node, incarnation }, "system")
    if (!job || events.length === 0) return
    attempt.number = job.attempt
    await end(id, await outcome(id, job, attempt))
  }

  /** Runs the handler to its end, or to the moment from which nobody waits for it. */
  async function outcome(id: string, job: Job, { ending, number }: Attempt): Promise<JobCommand | undefined> {
    const watching = new AbortController()
    const reporter = progressReporter({
      clock,
      publish: (value) => publishProgress(id, number, value),
      record: (progress) => streams.apply(id, { type: "progress", attempt: number, progress }, "system"),
    })
    let aliveAtMs = clock.now()
    const context: AttemptContext = {
      signal: ending.signal,
      heartbeat: () => {
        aliveAtMs = clock.now()
      },
      progress(value) {
        aliveAtMs = clock.now()
        reporter.report(value)
      },
    }
    const silence = async (): Promise<JobCommand> => {
      const timeoutMs = job.heartbeatTimeoutMs
      if (timeoutMs === undefined) return new Promise(() => {})
      while (clock.now() - aliveAtMs < timeoutMs)
        await clock.sleep(timeoutMs - (clock.now() - aliveAtMs), watching.signal)
      const error = { code: "HEARTBEAT_MISSED", message: `No sign of life for ${timeoutMs} ms.` }
      ending.abort(new AttemptLostError(id))
      return { type: "lose", attempt: number, error }
    }
    const left = async (): Promise<JobCommand> => {
      await aborted(ending.signal)
      await clock.sleep(abandonAfterMs, watching.signal)
      log.warn("the handler of a job goes on although its signal fired; it is left behind", { job: id, queue })
      return ended(ending.signal, number, new CancelledError("The handler did not end in time."))
    }
    const running = { ...job, id, idempotencyKey: job.idempotencyKey ?? id }
    const handled = Promise.resolve()
      .then(() => handler(running, context))
      .then(
        (result): JobCommand => ({ type: "succeed", attempt: number, result }),
        (error: unknown): JobCommand => ended(ending.signal, number, error),
      )
    try {
      // A watch that rejects was cut short: the handler ended first.
      const never = () => new Promise<never>(() => {})
      const command = await Promise.race([handled, silence().catch(never), left().catch(never)])
      const progress = reporter.unrecorded()
      const takesProgress = command.type === "succeed" || command.type === "fail"
      return takesProgress && progress !== undefined ? { ...command, progress } : command
    } finally {
      watching.abort()
      reporter.close()
      publishProgress(id, number, null)
    }
  }

  /** Stores how the attempt ended, for as long as it takes: a full disk must not turn success into failure. */
  async function end(id: string, command: JobCommand | undefined): Promise<void> {
    let storing = command
    while (storing) {
      try {
        await streams.apply(id, storing, "system")
        return
      } catch (thrown) {
        const error = asDuckError(thrown)
        const isRefused = error.status === 400 || error.code === "INTERNAL"
        if (isRefused && "progress" in storing && storing.progress !== undefined) {
          const { progress: _notJson, ...rest } = storing
          storing = rest as JobCommand
          continue
        }
        if (isRefused && storing.type === "succeed") {
          // The result is not JSON, or too large for the log.
          storing = { type: "fail", attempt: storing.attempt, error: told(error) }
          continue
        }
        log.error("how an attempt ended could not be stored yet", { job: id, error })
        await clock.sleep(storeAgainAfterMs, givingUp.signal)
      }
    }
  }

  return {
    has: (id) => attempts.has(id),
    hear(id, event) {
      const attempt = attempts.get(id)
      if (!attempt) return
      if (event.type === "job.cancel-requested") attempt.ending.abort(new CancelledError("The job was cancelled."))
      if (event.type === "job.attempt-lost" && event.data.attempt === attempt.number)
        attempt.ending.abort(new AttemptLostError(id))
    },
    async drain(drainMs) {
      isDraining = true
      stopListening()
      const all = Promise.all([...attempts.values()].map(({ ended }) => ended))
      const waiting = new AbortController()
      await Promise.race([all, clock.sleep(drainMs, waiting.signal).catch(() => {})])
      waiting.abort()
      for (const { ending } of attempts.values()) ending.abort(new ServerStoppingError())
      const patience = new AbortController()
      clock.sleep(2 * abandonAfterMs, patience.signal).then(
        () => givingUp.abort(),
        () => {},
      )
      await all
      patience.abort()
    },
  }
}

/** How an attempt ends whose handler threw, or was left behind, depending on why its signal had fired. */
function ended(signal: AbortSignal, attempt: number, error: unknown): JobCommand {
  if (signal.reason instanceof ServerStoppingError) return { type: "hand-back", attempt }
  if (signal.reason instanceof CancelledError) return { type: "end-cancelled", attempt }
  return { type: "fail", attempt, error: told(asDuckError(error)) }
}

const told = ({ code, message }: DuckError): JobError => ({ code, message })

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

class ServerStoppingError extends DuckError {
  constructor() {
    super({ code: "SERVER_STOPPING", message: "The server stops; the job will go on with the next one.", status: 503 })
  }
}

class AttemptLostError extends DuckError {
  constructor(id: string) {
    super({ code: "ATTEMPT_LOST", message: `This attempt at the job ${id} was given up.`, status: 409 })
  }
}
