import type { ModelError } from "../errors.ts"

/**
 * What a server of chat completions does not take, learned from its refusals: the fields of the API have grown over
 * the years, and many servers answer 400 to one they don't know. Kept for each model, because one address may serve
 * several kinds ("max_tokens is not supported with this model").
 */
export interface RefusedFields {
  of(model: string): ReadonlySet<string>
  /** Whether the fault says that one of the fields that were `sent` is not taken; it is known from now on. */
  learn(model: string, fault: ModelError, sent: readonly string[]): boolean
}

/** A model's name comes from outside; so many are kept at most. */
const mostModels = 1000
/** That the field itself is not taken; a value out of its range is the caller's to mend. */
const notTaken =
  /unsupported|not support|unrecogni[sz]ed|unknown|unexpected|extra (?:inputs|fields|arg)|not (?:permitted|allowed|accepted|available)|unavailable|deprecated/i
const nothing: ReadonlySet<string> = new Set()

export function refusedFields(): RefusedFields {
  const byModel = new Map<string, Set<string>>()
  return {
    of: (model) => byModel.get(model) ?? nothing,
    learn(model, fault, sent) {
      if (fault.fault !== "MODEL_REQUEST_INVALID" || !notTaken.test(fault.message)) return false
      const known = byModel.get(model)
      const field = sent.find((name) => !known?.has(name) && isNamed(name, fault))
      if (field === undefined) return false
      if (known) known.add(field)
      else {
        const [oldest] = byModel.keys()
        if (byModel.size >= mostModels && oldest !== undefined) byModel.delete(oldest)
        byModel.set(model, new Set([field]))
      }
      return true
    },
  }
}

function isNamed(field: string, fault: ModelError): boolean {
  const named = fault.details?.field
  // "tools.0.function.strict" and "tools[0].function.strict" are about `strict`.
  if (typeof named === "string") return named.split(/[.[\]]+/).includes(field)
  return new RegExp(`(?<![\\w-])${field}(?![\\w-])`).test(fault.message)
}
