import type { ModelError } from "../errors.ts"
import type { AnswerHeaders } from "./transport.ts"

/** The faults that one call can end in; each knows whose call it was and what has to be redacted. */
export interface CallFaults {
  /** An answer that is not 2xx. */
  http(status: number, headers: AnswerHeaders, body: string): ModelError
  /** No answer began. */
  network(error: Error): ModelError
  /** An answer began and did not come to its end. */
  broken(error?: Error): ModelError
  /** The answer is not what the protocol says; `what` continues "<provider> ...". */
  invalid(what: string): ModelError
  /** An error object that came inside an answer of status 200. */
  inside(value: unknown): ModelError
}
