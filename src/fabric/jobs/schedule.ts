import { z } from "zod"
import { DuckError, InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { canonicalJson } from "../canonical.ts"
import { decider } from "../decider.ts"
import type { Event } from "../ports.ts"
import { jobSpecSchema } from "./events.ts"

/** What every tick enqueues. */
const templateSchema = jobSpecSchema.pick({
  queue: true,
  kind: true,
  data: true,
  priority: true,
  maxAttempts: true,
  backoff: true,
  heartbeatTimeoutMs: true,
})
export type JobTemplate = z.infer<typeof templateSchema>

/** What becomes of a run that is due while the one before is not finished. */
export const overlapSchema = z.enum(["skip", "queue"])

const dataOf = {
  "schedule.set": z.object({
    name: z.string(),
    cron: z.string(),
    timezone: z.string(),
    template: templateSchema,
    overlap: overlapSchema.default("skip"),
    by: z.string(),
    atMs: z.number(),
  }),
  "schedule.ticked": z.object({ tickMs: z.number(), job: z.string() }),
  /** A run that was due, and the unfinished job because of which it was left out. */
  "schedule.skipped": z.object({ tickMs: z.number(), job: z.string() }),
  "schedule.removed": z.object({ by: z.string() }),
} as const
export type ScheduleEvent = {
  [Type in keyof typeof dataOf]: { readonly type: Type; readonly v: 1; readonly data: z.infer<(typeof dataOf)[Type]> }
}[keyof typeof dataOf]

export interface Schedule {
  readonly name: string
  readonly cron: string
  /** IANA name in which the pattern is read. */
  readonly timezone: string
  readonly template: JobTemplate
  /** When a run is due while the one before is not finished: leave it out, or enqueue one as soon as that is finished. */
  readonly overlap: z.infer<typeof overlapSchema>
  readonly setBy: string
  readonly setAtMs: number
  /** The last tick that was enqueued, and as which job. */
  readonly last?: { readonly tickMs: number; readonly job: string }
  /** The last tick that was left out, and the job that was not finished. */
  readonly skipped?: { readonly tickMs: number; readonly job: string }
}

export type ScheduleCommand =
  | { readonly type: "set"; readonly to: z.infer<(typeof dataOf)["schedule.set"]> }
  | { readonly type: "tick" | "skip"; readonly setAtMs: number; readonly tickMs: number; readonly job: string }
  | { readonly type: "remove"; readonly by: string }

const prefix = "schedule."
export const streamOfSchedule = (name: string): string => `${prefix}${name}`
export const isScheduleStream = (stream: string): boolean => stream.startsWith(prefix)

export function readScheduleEvent(event: Event): ScheduleEvent | undefined {
  if (!Object.hasOwn(dataOf, event.type) || event.v !== 1) return undefined
  const type = event.type as keyof typeof dataOf
  const read = dataOf[type].safeParse(event.data)
  // The schema is the one of the type.
  return read.success ? ({ type, v: 1, data: read.data } as ScheduleEvent) : undefined
}

export function parseScheduleEvent(stored: Event): ScheduleEvent {
  const event = readScheduleEvent(stored)
  if (event) return event
  throw new DuckError({
    code: "EVENT_UNKNOWN",
    message: `The schedule has an event ${stored.type} of version ${stored.v} that this version does not know.`,
    hint: "It was written by another version of RubberDuck: bring this node to the version of the others.",
  })
}

export const scheduleDecider = decider<ScheduleCommand, Schedule | undefined, ScheduleEvent>({
  initial: undefined,
  decide(command, schedule) {
    switch (command.type) {
      case "set":
        return schedule && isSame(schedule, command.to) ? [] : [{ type: "schedule.set", v: 1, data: command.to }]
      case "tick":
      case "skip": {
        const { setAtMs, tickMs, job } = command
        if (schedule?.setAtMs !== setAtMs || seenUntilMs(schedule) >= tickMs) return []
        return [{ type: command.type === "tick" ? "schedule.ticked" : "schedule.skipped", v: 1, data: { tickMs, job } }]
      }
      case "remove":
        if (schedule) return [{ type: "schedule.removed", v: 1, data: { by: command.by } }]
        throw new NotFoundError({ code: "SCHEDULE_NOT_FOUND", message: "There is no such schedule." })
    }
  },
  evolve(schedule, event) {
    switch (event.type) {
      case "schedule.set": {
        const { by, atMs, ...rest } = event.data
        const { last, skipped } = schedule ?? {}
        return { ...rest, setBy: by, setAtMs: atMs, ...(last ? { last } : {}), ...(skipped ? { skipped } : {}) }
      }
      case "schedule.ticked":
        return schedule && { ...schedule, last: event.data }
      case "schedule.skipped":
        return schedule && { ...schedule, skipped: event.data }
      case "schedule.removed":
        return undefined
    }
  },
})

/** The last tick that was enqueued or left out: what is due comes after it. */
export const seenUntilMs = ({ setAtMs, last, skipped }: Schedule): number =>
  Math.max(setAtMs, last?.tickMs ?? 0, skipped?.tickMs ?? 0)

type Settings = Pick<Schedule, "cron" | "timezone" | "template" | "overlap">
function isSame(schedule: Schedule, to: Settings): boolean {
  const settings = ({ cron, timezone, template, overlap }: Settings) =>
    canonicalJson([cron, timezone, template, overlap])
  return settings(schedule) === settings(to)
}

/** The times of a cron pattern in a time zone. */
export interface CronTimes {
  /** The last time after `afterMs` and not after `untilMs`: however many were missed, it is one. */
  lastBetween(afterMs: number, untilMs: number): number | undefined
  nextAfter(afterMs: number): number | undefined
}

/**
 * Five fields, or six with seconds in front, or a nickname such as `@daily`. Throws InvalidInputError for a pattern or
 * a time zone that is none. Croner is loaded with the first schedule.
 */
export async function cronTimes(cron: string, timezone: string): Promise<CronTimes> {
  const { Cron } = await import("croner")
  let times: InstanceType<typeof Cron>
  try {
    times = new Cron(cron, { timezone, paused: true })
    if (!times.nextRun()) throw new Error("that time never comes.")
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidInputError({
      code: "CRON_INVALID",
      message: `${JSON.stringify(cron)} in the time zone ${timezone} is not a schedule: ${why}`,
      hint: 'Five fields (minute, hour, day, month, weekday), for example "30 4 * * *" for half past four every day.',
      cause,
    })
  }
  return {
    lastBetween(afterMs, untilMs) {
      // Croner looks strictly before its reference.
      const at = times.previousRuns(1, new Date(untilMs + 1))[0]?.getTime()
      return at !== undefined && at > afterMs && at <= untilMs ? at : undefined
    },
    nextAfter: (afterMs) => times.nextRun(new Date(afterMs))?.getTime(),
  }
}
