import type { Clock } from "../../base/clock.ts"
import type { Random } from "../../base/random.ts"
import { decidedStreams } from "../decider-stream.ts"
import type { Head, LogStore, NodeId, Sequencer } from "../ports.ts"
import { type JobEvent, parseJobEvent, readJobEvent } from "./events.ts"
import { type Job, type JobCommand, jobDecider } from "./job.ts"

/** The log that jobs and schedules stand in. */
export const jobLog = "core"
const prefix = "job."

export const streamOfJob = (id: string): string => `${prefix}${id}`
export const jobOfStream = (stream: string): string | undefined =>
  stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined

/** Something that happened to a job, with the ISO time of its commit and who did it. */
export type JobHistory = readonly (JobEvent & { readonly at: string; readonly actor: string })[]

export interface JobStreams {
  read(id: string): Job | undefined
  /** Oldest first. */
  history(id: string): JobHistory
  /** Decides the command and stores what comes of it; `events` is empty where there was nothing to do. */
  apply(id: string, command: JobCommand, actor: string): Promise<Applied>
}
export interface Applied {
  readonly job: Job | undefined
  readonly events: readonly JobEvent[]
}

export interface JobStreamsOptions {
  readonly sequencer: Sequencer
  readonly store: Pick<LogStore, "stream" | "reached">
  readonly node: NodeId
  readonly clock: Clock
  readonly random: Random
  /** Told how far the log is after each step, so that whoever reads the view can wait for it. */
  readonly stored: (head: Head) => void
}

export function jobStreams({ sequencer, store, node, clock, random, stored }: JobStreamsOptions): JobStreams {
  const decided = decidedStreams({ sequencer, store, decider: jobDecider, node, parse: parseJobEvent, clock })
  return {
    read: (id) => decided.load(jobLog, streamOfJob(id)).state,
    history: (id) =>
      [...store.stream(jobLog, streamOfJob(id))].flatMap(({ events, meta: { at, actor } }) =>
        events.flatMap((stored) => {
          const event = readJobEvent(stored)
          return event ? [{ ...event, at, actor }] : []
        }),
      ),
    async apply(id, command, actor) {
      const situated = { ...command, nowMs: clock.now(), random }
      const { state, events, head } = await decided.handle(jobLog, streamOfJob(id), situated, { actor })
      stored(head)
      return { job: state, events }
    },
  }
}
