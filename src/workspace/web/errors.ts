import { DuckError } from "../../base/errors.ts"

/** A page could not be had: the message says of which address and why. */
export class FetchError extends DuckError {
  constructor(code: `FETCH_${string}`, message: string, hint?: string, cause?: unknown) {
    super({ code, message, hint, status: 502, cause })
  }
}
