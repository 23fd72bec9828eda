import type { Committed, Priority } from "../ports.ts"
import type { Db, Projection, View } from "../projection.ts"
import { readJobEvent } from "./events.ts"
import { evolve, type Job, type JobState } from "./job.ts"
import { isScheduleStream, readScheduleEvent, type Schedule, scheduleDecider } from "./schedule.ts"
import { jobLog, jobOfStream } from "./streams.ts"

/** A job without what may be large: those who want its data or result read its stream. */
export type JobSummary = Omit<Job, "data" | "result"> & { readonly id: string }

/** Jobs and schedules as they stand, found by state and time. */
export const jobsProjection: Projection = {
  name: "jobs",
  version: 2,
  wants: (log) => log === jobLog,
  create(db) {
    db.exec(`
      CREATE TABLE job (
        id TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        queue TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        priority INTEGER NOT NULL,
        run_at_ms REAL NOT NULL,
        finished_at_ms REAL,
        body TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX job_by_seq ON job (seq);
      CREATE INDEX job_by_state ON job (state, seq);
      CREATE INDEX job_by_urgency ON job (priority, run_at_ms, seq) WHERE state = 'queued';
      CREATE INDEX job_by_time ON job (run_at_ms) WHERE state = 'queued';
      CREATE INDEX job_by_end ON job (finished_at_ms) WHERE finished_at_ms IS NOT NULL;
      CREATE TABLE schedule (stream TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `)
  },
  apply(db, batch) {
    const tables = statements(db)
    for (const commit of batch) {
      const id = jobOfStream(commit.stream)
      if (id !== undefined) applyToJob(tables, id, commit)
      if (isScheduleStream(commit.stream)) applyToSchedule(tables, commit)
    }
  },
}

const statements = (db: Db) => ({
  jobOf: db.prepare("SELECT seq, body FROM job WHERE id = ?"),
  putJob: db.prepare(
    "INSERT OR REPLACE INTO job (id, seq, queue, kind, state, priority, run_at_ms, finished_at_ms, body)" +
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  ),
  dropJob: db.prepare("DELETE FROM job WHERE id = ?"),
  scheduleOf: db.prepare("SELECT body FROM schedule WHERE stream = ?"),
  putSchedule: db.prepare("INSERT OR REPLACE INTO schedule (stream, body) VALUES (?, ?)"),
  dropSchedule: db.prepare("DELETE FROM schedule WHERE stream = ?"),
})
type Statements = ReturnType<typeof statements>

function applyToJob({ jobOf, putJob, dropJob }: Statements, id: string, { events, pos }: Committed) {
  const row = jobOf.get(id)
  let job = row && ({ ...JSON.parse(String(row.body)), data: null } as Job)
  for (const stored of events) {
    const event = readJobEvent(stored)
    if (event) job = evolve(job, event)
  }
  if (!job) return
  if (job.retiredAtMs !== undefined) {
    dropJob.run(id)
    return
  }
  const { data: _data, result: _result, ...kept } = job
  const { queue, kind, state, priority, runAtMs, finishedAtMs = null } = job
  putJob.run(id, row?.seq ?? pos, queue, kind, state, priority, runAtMs, finishedAtMs, JSON.stringify(kept))
}

function applyToSchedule({ scheduleOf, putSchedule, dropSchedule }: Statements, { stream, events }: Committed) {
  const row = scheduleOf.get(stream)
  let schedule = row && (JSON.parse(String(row.body)) as Schedule)
  for (const stored of events) {
    const event = readScheduleEvent(stored)
    if (event) schedule = scheduleDecider.evolve(schedule, event)
  }
  if (schedule) putSchedule.run(stream, JSON.stringify(schedule))
  else dropSchedule.run(stream)
}

export interface JobFilter {
  readonly queue?: string | undefined
  readonly kind?: string | undefined
  /** "scheduled" is queued for a time that has not come. */
  readonly state?: JobState | "scheduled" | undefined
  /** Most jobs in the answer; default 100. */
  readonly limit?: number | undefined
  /** Id of a job: only those enqueued before it, for the next page. */
  readonly before?: string | undefined
}

/** The queries of the view. */
export function jobRows(view: View) {
  const summary = (row: Record<string, unknown>): JobSummary => ({
    ...JSON.parse(String(row.body)),
    id: String(row.id),
  })
  return {
    /** What could start now, the most urgent first. */
    due: (nowMs: number, limit: number): { id: string; queue: string; priority: Priority }[] =>
      view
        .all(
          "SELECT id, queue, priority FROM job WHERE state = 'queued' AND run_at_ms <= ? ORDER BY priority, run_at_ms, seq LIMIT ?",
          nowMs,
          limit,
        )
        // The column was filled from the event's schema.
        .map(({ id, queue, priority }) => ({ id: String(id), queue: String(queue), priority: priority as Priority })),
    /** When the next job that waits for its time is due. */
    nextDueMs(nowMs: number): number | undefined {
      const row = view.get("SELECT min(run_at_ms) AS at FROM job WHERE state = 'queued' AND run_at_ms > ?", nowMs)
      return typeof row?.at === "number" ? row.at : undefined
    },
    running: (): JobSummary[] => view.all("SELECT id, body FROM job WHERE state = 'running'").map(summary),
    /** Finished jobs that are kept no longer, the oldest first: those that ended before, and all beyond the newest. */
    outlived({ beforeMs, newest, limit }: { beforeMs: number; newest: number; limit: number }): string[] {
      const nth =
        "SELECT finished_at_ms FROM job WHERE finished_at_ms IS NOT NULL ORDER BY finished_at_ms DESC LIMIT 1 OFFSET ?"
      const edge = view.get(nth, newest)?.finished_at_ms
      const upTo = Math.max(beforeMs, typeof edge === "number" ? edge : Number.NEGATIVE_INFINITY)
      return view
        .all("SELECT id FROM job WHERE finished_at_ms <= ? ORDER BY finished_at_ms LIMIT ?", upTo, limit)
        .map(({ id }) => String(id))
    },
    schedules: (): Schedule[] =>
      view.all("SELECT body FROM schedule ORDER BY stream").map((row) => JSON.parse(String(row.body))),
    /** Newest first. */
    list({ queue, kind, state, limit = 100, before }: JobFilter, nowMs: number): JobSummary[] {
      const conditions: [sql: string, ...values: (string | number)[]][] = []
      if (queue !== undefined) conditions.push(["queue = ?", queue])
      if (kind !== undefined) conditions.push(["kind = ?", kind])
      if (state === "scheduled") conditions.push(["state = 'queued' AND run_at_ms > ?", nowMs])
      else if (state === "queued") conditions.push(["state = 'queued' AND run_at_ms <= ?", nowMs])
      else if (state !== undefined) conditions.push(["state = ?", state])
      if (before !== undefined) conditions.push(["seq < (SELECT seq FROM job WHERE id = ?)", before])
      const where = conditions.length > 0 ? `WHERE ${conditions.map(([sql]) => sql).join(" AND ")}` : ""
      const values = conditions.flatMap(([, ...rest]) => rest)
      return view.all(`SELECT id, body FROM job ${where} ORDER BY seq DESC LIMIT ?`, ...values, limit).map(summary)
    },
  }
}
export type JobRows = ReturnType<typeof jobRows>
