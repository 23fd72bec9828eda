import { addedCost } from "../../models/usage-sum.ts"
import type { EngineRun, EngineTools } from "../pipeline/engine.ts"
import { type RunOptions, runEngine } from "../pipeline/run-engine.ts"
import { mostRefuted, refuteEngine } from "./refute-engine.ts"
import type { Review } from "./review.ts"
import { type ReviewTask, reviewEngine } from "./review-engine.ts"

/**
 * A review, with a model where there is one: it reads the change, then holds each of its findings against the code once
 * more, and those that don't stand are dropped. At most two rounds of repair for the first, one for the second.
 */
export async function runReview(task: ReviewTask, tools: EngineTools, options: RunOptions): Promise<EngineRun<Review>> {
  const run = await runEngine(reviewEngine, task, tools, options)
  const said = run.result.findings.filter(({ source }) => source === "model").slice(0, mostRefuted)
  if (run.madeBy === "index" || said.length === 0) return run
  tools.progress("refute", "Holding the findings against the code")
  const second = await runEngine(refuteEngine, { findings: said, changes: task.changes }, tools, {
    ...options,
    mostRepairs: 1,
  })
  const why = new Map(second.result.map((one) => [one.fingerprint, one.why]))
  const { findings, dropped } = run.result
  const result: Review = {
    ...run.result,
    findings: findings.filter(({ fingerprint, source }) => source !== "model" || !why.has(fingerprint)),
    dropped: [
      ...dropped,
      ...findings.flatMap(({ fingerprint, message, source }) => {
        const reason = source === "model" ? why.get(fingerprint) : undefined
        return reason === undefined ? [] : [{ message, why: reason }]
      }),
    ],
    notes: second.problem
      ? [...run.result.notes, `The findings were not held against the code a second time: ${second.problem.message}`]
      : run.result.notes,
  }
  return {
    ...run,
    result,
    repairs: [...run.repairs, ...second.repairs],
    inputTokens: run.inputTokens + second.inputTokens,
    outputTokens: run.outputTokens + second.outputTokens,
    costUsd: addedCost(run.costUsd, second.costUsd),
    tookMs: run.tookMs + second.tookMs,
  }
}
