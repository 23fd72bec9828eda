import { z } from "zod"
import type { Event } from "../../fabric/ports.ts"

const text = z.string().max(4_200)

/** How a call came out, or later what a person did with what it made: then it took no time and cost nothing of itself. */
const outcome = z.object({
  prompt: text,
  version: text,
  /** "experiment:variant", or "" outside of experiments. */
  variant: text,
  source: text,
  outcome: z.enum(["accepted", "repaired", "rejected", "failed", "answered"]),
  durationMs: z.number().min(0),
  costUsd: z.number().min(0).nullable(),
  model: text,
  by: text,
  at: z.iso.datetime(),
})

export interface OutcomeEvent extends Event {
  readonly type: "prompt.outcome"
  readonly v: 1
  readonly data: z.infer<typeof outcome>
}

export const outcomeEvent = (data: OutcomeEvent["data"]): OutcomeEvent => ({ type: "prompt.outcome", v: 1, data })

/** Throws for what is no outcome of a prompt: nothing else stands in the stream. */
export function readOutcome(event: Event): OutcomeEvent {
  if (event.type !== "prompt.outcome") throw new Error(`${event.type} is no event of prompts.`)
  return outcomeEvent(outcome.parse(event.data))
}

export const promptsStream = "prompts.main"
