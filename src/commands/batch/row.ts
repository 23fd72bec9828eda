import { z } from "zod"
import type { JobDetails } from "../../fabric/jobs/jobs.ts"
import type { BatchEntry } from "./entries.ts"

/** What became of a command: kept as the job's result. */
export const Outcome = z.object({
  exitCode: z.int().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** As a person would see it, its first 20,000 characters. */
  shown: z.string(),
  /** Null of a command that did not end. */
  tookMs: z.number().nullable(),
})
export type Outcome = z.infer<typeof Outcome>

/** How one command of a list stands. */
export const Row = z.object({
  /** 1-based line of the list. */
  at: z.int(),
  line: z.string(),
  /** Null where it was never begun. */
  job: z.string().nullable(),
  /** "given up": it was cut off, and is not run again by itself. */
  state: z.enum(["waiting", "running", "done", "said no", "failed", "given up", "cancelled"]),
  outcome: Outcome.nullable(),
})
export type Row = z.infer<typeof Row>

export function rowOf({ at, line }: BatchEntry, job: JobDetails | undefined): Row {
  if (!job) return { at, line, job: null, state: "waiting", outcome: null }
  const outcome = Outcome.safeParse(job.result).data ?? null
  return { at, line, job: job.id, state: stateOf(job, outcome), outcome: outcome ?? givenUp(job) }
}

function stateOf({ state }: JobDetails, outcome: Outcome | null): Row["state"] {
  if (state === "succeeded") return outcome?.error ? "failed" : outcome?.exitCode === 0 ? "done" : "said no"
  if (state === "dead") return "given up"
  return state === "cancelled" || state === "running" ? state : "waiting"
}

function givenUp({ state, error, maxAttempts, attempt }: JobDetails): Outcome | null {
  if (state !== "dead" || !error) return null
  const why =
    maxAttempts === 1
      ? "It was cut off and may have changed something, so it is not run again unasked."
      : `It was cut off ${attempt} times.`
  return { exitCode: null, error: { code: error.code, message: `${why} ${error.message}` }, shown: "", tookMs: null }
}
