import { z } from "zod"
import type { Clock } from "../../base/clock.ts"
import { parseWith } from "../../base/schema.ts"
import type { Logger } from "../../observe/log.ts"
import { decidedStreams } from "../decider-stream.ts"
import type { Head, LogStore, NodeId, Sequencer } from "../ports.ts"
import { defaultBackoff, defaultMaxAttempts, type EnqueueOptions } from "./enqueue.ts"
import { backoffSchema } from "./events.ts"
import {
  type CronTimes,
  cronTimes,
  overlapSchema,
  parseScheduleEvent,
  type Schedule,
  type ScheduleCommand,
  scheduleDecider,
  seenUntilMs,
  streamOfSchedule,
} from "./schedule.ts"
import { jobLog } from "./streams.ts"

const setSchema = z.object({
  name: z.string().regex(/^[-_a-zA-Z0-9]{1,100}$/, 'takes letters, digits, "-" and "_"'),
  cron: z.string(),
  timezone: z.string().default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  queue: z.string(),
  kind: z.string(),
  data: z.json().default(null),
  priority: z.literal([0, 1, 2]).default(1),
  maxAttempts: z.number().int().min(1).default(defaultMaxAttempts),
  backoff: backoffSchema.default(defaultBackoff),
  heartbeatTimeoutMs: z.number().int().positive().optional(),
  overlap: overlapSchema.default("skip"),
  actor: z.string(),
})
/**
 * `cron` has five fields, or six with seconds in front; `timezone` is the system's unless given. `overlap` says what becomes
 * of a run that is due while the one before is not finished: "skip" leaves it out, "queue" makes it wait for that, one run
 * however many were due meanwhile.
 */
export type ScheduleOptions = z.input<typeof setSchema>

export interface Schedules {
  /** Sets a schedule; setting the same again changes nothing. Throws InvalidInputError for a pattern that is none. */
  set(options: ScheduleOptions): Promise<void>
  remove(name: string, actor: string): Promise<void>
  list(): Promise<readonly (Schedule & { readonly nextMs: number | undefined })[]>
  /** Whether a run waits for that job to finish. */
  isAwaited(job: string): boolean
  /** Enqueues what is owed, once for each schedule however many ticks were missed; answers when the next tick is. */
  tick(): Promise<number | undefined>
}

export interface SchedulesOptions {
  readonly sequencer: Sequencer
  readonly store: Pick<LogStore, "stream" | "reached">
  readonly node: NodeId
  readonly clock: Clock
  readonly log: Logger
  readonly all: () => Promise<readonly Schedule[]>
  readonly enqueue: (options: EnqueueOptions) => Promise<string>
  /** Whether a job is not finished yet. */
  readonly runs: (job: string) => boolean
  /** Told how far the log is after each step, so that whoever reads the view can wait for it. */
  readonly stored: (head: Head) => void
  /** Something will be due at that time. */
  readonly wakeAt: (atMs: number) => void
}

export function schedules({
  sequencer,
  store,
  node,
  clock,
  log,
  all,
  enqueue,
  runs,
  stored,
  wakeAt,
}: SchedulesOptions): Schedules {
  const decided = decidedStreams({ sequencer, store, decider: scheduleDecider, node, parse: parseScheduleEvent, clock })
  const parsed = new Map<string, CronTimes>()
  let awaited: ReadonlySet<string> = new Set()

  async function timesOf({ cron, timezone }: Pick<Schedule, "cron" | "timezone">): Promise<CronTimes> {
    const key = `${timezone} ${cron}`
    const times = parsed.get(key) ?? (await cronTimes(cron, timezone))
    parsed.set(key, times)
    return times
  }

  async function apply(name: string, command: ScheduleCommand, actor: string) {
    const { head } = await decided.handle(jobLog, streamOfSchedule(name), command, { actor })
    stored(head)
  }

  /** First the job, whose id follows from the tick, then the note that it was made: a crash between repeats nothing. */
  async function tickOnce({ name, template, setAtMs }: Schedule, tickMs: number) {
    const idempotencyKey = `schedule ${name} ${tickMs}`
    const job = await enqueue({ ...template, idempotencyKey, schedule: name, actor: `schedule:${name}` })
    await apply(name, { type: "tick", setAtMs, tickMs, job }, "system")
  }

  return {
    async set(given) {
      const { name, cron, timezone, overlap, actor, heartbeatTimeoutMs, ...rest } = parseWith(
        setSchema,
        given,
        "the schedule",
      )
      const times = await timesOf({ cron, timezone })
      const template = heartbeatTimeoutMs === undefined ? rest : { ...rest, heartbeatTimeoutMs }
      const atMs = clock.now()
      await apply(name, { type: "set", to: { name, cron, timezone, template, overlap, by: actor, atMs } }, actor)
      wakeAt(times.nextAfter(atMs) ?? Number.POSITIVE_INFINITY)
    },

    async remove(name, actor) {
      await apply(name, { type: "remove", by: actor }, actor)
    },

    async list() {
      return Promise.all(
        (await all()).map(async (each) => ({ ...each, nextMs: (await timesOf(each)).nextAfter(clock.now()) })),
      )
    },

    isAwaited: (job) => awaited.has(job),

    async tick() {
      let nextMs: number | undefined
      const held = new Set<string>()
      for (const schedule of await all()) {
        const nowMs = clock.now()
        try {
          const times = await timesOf(schedule)
          const { name, setAtMs, last, overlap } = schedule
          const tickMs = times.lastBetween(seenUntilMs(schedule), nowMs)
          if (tickMs !== undefined) {
            if (!last || !runs(last.job)) await tickOnce(schedule, tickMs)
            else if (overlap === "queue") held.add(last.job)
            else await apply(name, { type: "skip", setAtMs, tickMs, job: last.job }, "system")
          }
          nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, times.nextAfter(nowMs) ?? Number.POSITIVE_INFINITY)
        } catch (error) {
          log.error("a schedule could not tick; the others go on", { schedule: schedule.name, error })
        }
      }
      awaited = held
      return nextMs
    },
  }
}
