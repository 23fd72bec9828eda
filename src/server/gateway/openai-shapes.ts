import { z } from "zod"
import type { OutputSchema, Usage } from "../../models/model.ts"

/** What both dialects of OpenAI share. */

export const jsonSchema = z.record(z.string(), z.unknown())

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh"] as const
export const effort = z.enum(efforts)

/** Any JSON object, where the client gives no schema ("JSON mode"). */
export const anyObject: OutputSchema = { name: "object", schema: { type: "object" } }

/** "default" is for clients that insist on a name. */
export const modelName = (given: string | null | undefined): string =>
  given === undefined || given === null || given === "default" ? "" : given

export const noTools = { type: "object", properties: {} }

/** Details of a usage that carry the same names in both. */
export const cachedDetails = ({ cachedInputTokens }: Usage) => ({ cached_tokens: cachedInputTokens })
export const reasoningDetails = ({ reasoningTokens }: Usage) => ({ reasoning_tokens: reasoningTokens })
