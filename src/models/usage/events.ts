import { z } from "zod"
import type { Event } from "../../fabric/ports.ts"

const count = z.number().int().nonnegative()

/** Why the provider read less of the prompt from its cache than it could have. */
export const CacheMiss = z.object({
  cause: z.enum([
    /** The session's first call. */
    "first-call",
    "model-changed",
    "tools-changed",
    /** `message` is the index of the first message that is not what it was, `section` what part of the prompt it is. */
    "prefix-changed",
    /** The last call was longer ago than the provider keeps a prefix. */
    "expired",
    /** All was as before; the provider did not use its cache, or does not say. */
    "provider",
  ]),
  message: count.optional(),
  section: z.string().optional(),
})
export type CacheMiss = z.infer<typeof CacheMiss>

/** One call of a model, told once when it is over. */
export const ModelCalled = z.object({
  /** ISO 8601, when it began: the day on which it is booked. */
  at: z.string(),
  user: z.string(),
  project: z.string().optional(),
  session: z.string().optional(),
  turn: z.string().optional(),
  command: z.string().optional(),
  tool: z.string().optional(),
  /** As it was asked for; "" for the default. */
  asked: z.string(),
  /** Who answered last; "" where it did not get that far. */
  provider: z.string(),
  model: z.string(),
  /** `cached`: answered from what was kept; `shared`: by another call that ran at the same time. Both used nothing. */
  outcome: z.enum(["done", "failed", "cancelled", "cached", "shared"]),
  /** The error's code, where it failed. */
  code: z.string().optional(),
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  longCacheWriteTokens: count.optional(),
  outputTokens: count,
  reasoningTokens: count,
  isEstimated: z.boolean(),
  /** Of the input tokens, by section of the prompt and "tools": by their share of its characters. */
  sections: z.record(z.string(), count),
  cacheMiss: CacheMiss.nullable(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  /** Null: the price is unknown. */
  costUsd: z.number().nullable(),
  /** Tokens, in and out, that a cached or shared answer did not take, and what they would have cost. */
  savedTokens: count.optional(),
  savedUsd: z.number().nullable().optional(),
  /** Calls of providers that were begun for it. */
  attempts: count,
})
export type ModelCalled = z.infer<typeof ModelCalled>

export const budgetScopes = ["user", "project", "total"] as const

/** A soft budget was reached; told once a day. */
export const BudgetWarned = z.object({
  at: z.string(),
  scope: z.enum(budgetScopes),
  /** The user's id or the project's root; "" for the total. */
  who: z.string(),
  softUsd: z.number(),
  spentUsd: z.number(),
})
export type BudgetWarned = z.infer<typeof BudgetWarned>

/** Which of several answers to one prompt somebody liked best. */
export const ComparisonPreferred = z.object({
  at: z.string(),
  user: z.string(),
  project: z.string().optional(),
  /** SHA-256 of the prompt, in hexadecimal: what was asked is not kept. */
  prompt: z.string(),
  /** "provider/model" of each. */
  preferred: z.string(),
  others: z.array(z.string()),
})
export type ComparisonPreferred = z.infer<typeof ComparisonPreferred>

const shapes = {
  "model.called": ModelCalled,
  "budget.warned": BudgetWarned,
  "comparison.preferred": ComparisonPreferred,
} as const

export type UsageEvent = {
  [Type in keyof typeof shapes]: { readonly type: Type; readonly data: z.infer<(typeof shapes)[Type]> }
}[keyof typeof shapes]

/** An event of a usage stream, or undefined for one that this version does not know. */
export const readUsageEvent = (event: Event): UsageEvent | undefined =>
  event.v === 1 ? usageEventOf(event) : undefined

const Plain = z.object({ type: z.string(), data: z.unknown() })

/** Of what was JSON; undefined for what is no usage event. */
export function usageEventOf(value: unknown): UsageEvent | undefined {
  const { data: plain } = Plain.safeParse(value)
  if (!plain || !Object.hasOwn(shapes, plain.type)) return undefined
  const type = plain.type as keyof typeof shapes
  const read = shapes[type].safeParse(plain.data)
  // The schema is the one of the type.
  return read.success ? ({ type, data: read.data } as UsageEvent) : undefined
}

/** The log that usage stands in, one stream a day. */
export const usageLog = "core"
const prefix = "usage."
export const usageStreamOf = (at: string): string => `${prefix}${dayOf(at)}`
export const isUsageStream = (stream: string): boolean => stream.startsWith(prefix)

/** "2026-01-31" of an ISO time, in UTC. */
export const dayOf = (at: string): string => at.slice(0, 10)
