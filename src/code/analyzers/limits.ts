import { AnalyzeLimits } from "../../access/analyze-limits.ts"

/** From where on a measure is a finding: the setting `analyze.limits`. */
export type Limits = AnalyzeLimits

export const defaultLimits: Limits = AnalyzeLimits.parse({})
