import type { DuckError } from "../../base/errors.ts"
import type { Attribution } from "../../models/attribution.ts"
import type { ModelEvent, ModelRequest } from "../../models/model.ts"
import type { Answer } from "./answer.ts"

/** A way of speaking HTTP with models: decodes what its clients send, and writes what they expect to read. */
export interface Dialect {
  /** Throws InvalidInputError that names the field. */
  decode(body: unknown, call: CallFacts): Asked
  readonly errors: ErrorDialect
}

/** What is known of a call before its body is read. */
export interface CallFacts {
  /** Ids of the answer and its items are made of it. */
  readonly id: string
  readonly nowMs: number
  readonly attribution: Attribution
}

export interface Asked {
  readonly request: ModelRequest
  readonly isStream: boolean
  /** The answer as one JSON value. */
  answer(answer: Answer): unknown
  /** The answer as server-sent events; has a state, so one for each stream. */
  frames(): Frames
}

/** Text of server-sent events, whole frames each. */
export interface Frames {
  /** "" where the dialect says nothing of it. */
  of(event: ModelEvent): string
  /** The last frames of a stream that can't go on. */
  failed(error: DuckError): string
}

export interface ErrorDialect {
  /** The header by which its clients learn the request's id. */
  readonly requestIdHeader: "x-request-id" | "request-id"
  statusOf(error: DuckError): number
  body(error: DuckError, requestId: string): unknown
}
