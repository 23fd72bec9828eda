import { ModelError } from "../errors.ts"

/** What became of one attempt. */
export interface Failed {
  readonly provider: string
  readonly model: string
  readonly error: ModelError
}

/** Whether another target may take what this one did not. Its own limit is the limit of this target, not of the user. */
export const goesOn = (error: ModelError): boolean => error.isElsewhere || error.fault === "LIMIT_REACHED"

/**
 * One error for all that failed: what the only one said, or else an error that names each with its fault. Its code is that
 * of the last one that was really asked; its `retryAfterMs` the shortest that any named.
 */
export function verdict(failures: readonly Failed[]): ModelError {
  const latest = [...new Map(failures.map((failed) => [`${failed.provider}/${failed.model}`, failed])).entries()]
  const told = latest.findLast(([, { error }]) => error.fault !== "MODEL_RESTING") ?? latest.at(-1)
  if (!told) return new ModelError({ fault: "NO_MODEL", message: "There is no model to ask.", hint: noModelHint })
  const [, { error }] = told
  if (latest.length === 1) return error
  const waits = latest.flatMap(([, failed]) => failed.error.retryAfterMs ?? [])
  return new ModelError({
    fault: error.fault,
    message: `None of ${latest.length} models answered. ${latest.map(([name, failed]) => `${name}: ${sentence(failed.error.message)}`).join(" ")}`,
    hint: error.hint,
    provider: error.provider,
    model: error.model,
    retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
    cause: error,
    details: {
      attempts: latest.map(([, failed]) => ({
        provider: failed.provider,
        model: failed.model,
        fault: failed.error.fault,
      })),
    },
  })
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

const noModelHint = "`duck llm connect` sets a provider up; `duck llm status` shows those there are."
