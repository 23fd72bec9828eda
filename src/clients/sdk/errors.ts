import { DuckError, type ErrorBody, UnavailableError } from "../../base/errors.ts"

/** An error as the server sent it, to be thrown here. What is none is the server's fault. */
export function errorOf(body: unknown): DuckError {
  if (!isErrorBody(body)) return unreadable("an error in a form that is not known")
  return new DuckError(body)
}

export const unreadable = (what: string, cause?: unknown) =>
  new UnavailableError({ code: "BAD_ANSWER", message: `The server answered with ${what}.`, cause })

/** The connection went away before the answer came: the command may have run or not. */
export class ConnectionLostError extends UnavailableError {
  constructor(cause?: unknown) {
    super({
      code: "CONNECTION_LOST",
      message: "The connection to the server was lost before its answer came.",
      hint: "What only reads can be repeated; look before you repeat what writes.",
      cause,
    })
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== "object" || value === null) return false
  const { code, message, status } = value as Partial<Record<keyof ErrorBody, unknown>>
  return typeof code === "string" && typeof message === "string" && typeof status === "number"
}
